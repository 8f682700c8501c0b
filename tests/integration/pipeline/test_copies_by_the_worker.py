"""A worker with OFFSITE copies what its runs back up, and does not start without the tool."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.database.dump import manifest_of
from pipeline.model.errors import ConfigurationError
from pipeline.model.release import Backup
from pipeline.model.states import RunKind, RunState
from pipeline.worker import work
from tests.integration.pipeline.stack import PATIENCE, installed
from tests.integration.pipeline.store.copies import until


@pytest.mark.skipif(
    shutil.which("rclone") is None, reason="rclone is missing: demo/machine/prepare.sh tests installs it"
)
async def test_what_a_run_backs_up_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    there = tmp_path / "there"
    async with installed(tmp_path, monkeypatch, postgres, images, offsite=f"rclone:{there}") as stack:
        stack.start_worker()
        run = await stack.request(RunKind.BACKUP)
        view = await stack.end(run.id)
        assert view.run.state is RunState.SUCCEEDED, view.run.failure

        async def copied() -> Backup | None:
            [backup] = await stack.store.releases.all_backups(stack.project.id)
            return backup if backup.copied_at else None

        backup = await until(copied)
        for path in (Path(backup.path), manifest_of(Path(backup.path))):
            assert (there / stack.project.name / path.name).read_bytes() == path.read_bytes()
        await stack.stop_worker()


async def test_a_tool_that_is_not_there_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    async with installed(tmp_path, monkeypatch, postgres, images, offsite="restic:/nowhere") as stack:
        monkeypatch.setenv("PATH", str(tmp_path))
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ConfigurationError) as caught:
                await work(stack.settings)
    assert str(caught.value) == (
        "OFFSITE is a copy by restic, which is not on PATH here; allowed: a tool that is installed where the"
        " worker runs (docs/configuration.md says how). Nothing was started. Correct OFFSITE and start again."
    )
