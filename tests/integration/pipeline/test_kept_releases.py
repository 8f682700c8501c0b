"""Going back past the previous release, and following what serves then, as commands beside a worker."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.states import RunState
from tests.integration.pipeline.command import command, ended, line, start
from tests.integration.pipeline.stack import Stack, installed


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: Any, postgres: Any, images: Any) -> AsyncIterator[Stack]:
    async with installed(tmp_path, monkeypatch, postgres, images) as stack:
        stack.start_worker()
        yield stack


async def test_back_to_the_release_before_the_previous_one_by_commit_and_by_number(stack: Stack) -> None:
    shas = [stack.remote.push("The first version")]
    assert (await stack.deploy()).run.state is RunState.SUCCEEDED
    for before, after in (("one", "two"), ("two", "three")):
        stack.remote.edit("app.py", f'VERSION = "{before}"', f'VERSION = "{after}"')
        shas.append(stack.remote.push(f"Version {after}"))
        assert (await stack.deploy()).run.state is RunState.SUCCEEDED
    assert (await stack.served())["version"] == "three"

    code, out, err = await command(stack, "rollback", shas[0][:10], "--yes")
    assert (code, err) == (0, ""), out
    assert (await stack.served())["version"] == "one"
    [container] = stack.containers()
    assert container.image.labels["org.opencontainers.image.revision"] == shas[0]

    code, out, err = await command(stack, "rollback", "2", "--yes")
    assert (code, err) == (0, ""), out
    assert (await stack.served())["version"] == "two"
    kept = await stack.store.releases.kept(stack.project.id)
    assert (kept.live.id, kept.previous.sha) == (2, shas[0])

    code, _, err = await command(stack, "rollback", "2", "--yes")
    assert code == 3
    assert err.startswith("Release 2 ")
    assert "is live already" in err
    assert (await stack.served())["version"] == "two"
    await _follows(stack)


async def _follows(stack: Stack) -> None:
    """`logs --follow` shows what the application writes while it looks, until Ctrl-C."""
    [container] = stack.containers()
    assert container.exec_run(["sh", "-c", "echo written before > /proc/1/fd/1"]).exit_code == 0
    following = await start(stack, "logs", "app", "--follow", "--lines", "20")
    await line(following, "written before")
    assert container.exec_run(["sh", "-c", "echo written meanwhile > /proc/1/fd/1"]).exit_code == 0
    await line(following, "written meanwhile")
    following.send_signal(signal.SIGINT)
    code, _, err = await ended(following)
    assert (code, err) == (0, "")
