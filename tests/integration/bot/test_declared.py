"""What a commit's compose file declares, by the real compose and git."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import declared
from bot.declared import Declared
from pipeline.process import Command, Finished, run
from pipeline.source import Source
from tests.git_remote import Remote

FILE = """\
services:
  app:
    image: ${IMAGE}
    env_file: .env.that.the.bot.has.not
x-pipeline:
  migrate:
    command: [migrate]
    paths: ["%s/**"]
"""


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """Every command that read a file."""
    commands: list[Command] = []

    async def noting(command: Command, **options: Any) -> Finished:
        commands.append(command)
        return await run(command, **options)

    monkeypatch.setattr(declared, "run", noting)
    return commands


async def test_a_file_is_read_once_as_long_as_it_stays_the_same(tmp_path: Path, ran: list[Command]) -> None:
    remote = Remote.make(tmp_path)
    source, reading = Source(str(remote.bare), tmp_path / "mirror.git"), Declared()

    async def patterns(sha: str) -> list[str] | None:
        await source.fetch()
        found = await reading.patterns(source, sha, "compose.yml")
        return None if found is None else list(found)

    assert await patterns(remote.push("No file")) is None
    remote.write("compose.yml", "services: {app: {image: x}}")
    assert await patterns(remote.push("Nothing declared")) is None
    assert ran == []
    remote.write("compose.yml", FILE % "db")
    first = remote.push("Declared")
    assert await patterns(first) == ["db/**"]
    assert await patterns(remote.push("Something else")) == ["db/**"]
    assert len(ran) == 1
    remote.write("compose.yml", FILE % "steps")
    assert await patterns(remote.push("Declared otherwise")) == ["steps/**"]
    remote.write("compose.yml", "x-pipeline: [")
    assert await patterns(remote.push("Broken")) is None
    assert await patterns(first) == ["db/**"]


async def test_the_section_of_a_group_goes_before_that_of_all(tmp_path: Path) -> None:
    remote = Remote.make(tmp_path)
    source, reading = Source(str(remote.bare), tmp_path / "mirror.git"), Declared()
    own = FILE.partition("x-pipeline")[2].replace(":\n", "x-pipeline-controller:\n", 1) % "journal"
    remote.write("compose.yml", FILE % "db" + own)
    sha = remote.push("Two groups")
    await source.fetch()

    found = [
        await reading.patterns(source, sha, "compose.yml", group) for group in ("controller", "app", None)
    ]

    assert found == [["journal/**"], ["db/**"], ["db/**"]]
