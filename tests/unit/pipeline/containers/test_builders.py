"""Builds of one machine beside each other."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pipeline.containers.build import Builder
from pipeline.containers.builders import Builders


@pytest.mark.parametrize(("builder", "together"), [(Builder.BUILDKIT, 2), (Builder.CLASSIC, 1)])
async def test_only_buildkit_builds_side_by_side(builder: Builder, together: int) -> None:
    builders, at_work, most = Builders(), 0, 0

    async def build() -> None:
        nonlocal at_work, most
        async with builders.turn(builder):
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1

    await asyncio.gather(build(), build())
    assert most == together


async def test_a_buildx_that_was_too_slow_once_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexec sleep 600\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("pipeline.containers.builders._ASK_SECONDS", 0.2)
    found = Builders()
    assert await found.find() is Builder.CLASSIC
    docker.write_text("#!/bin/sh\necho 'Status: running'\n")
    monkeypatch.setattr("pipeline.containers.builders._ASK_SECONDS", 60.0)
    assert await found.find() is Builder.BUILDKIT
