"""A journal with backups whose files lie in a folder, and what rclone and restic do there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pipeline.database.dump import manifest_of
from pipeline.engine.copying import Copying, Patience
from pipeline.model.release import Backup, Project
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from pipeline.offsite import place
from pipeline.store.store import Store

PASSWORD = "correct-horse-battery"
QUICK = Patience(pauses=(0.05, 0.05), again=0.2)
SLOW = Patience(pauses=(0.05,), again=600)
PATIENCE = 60.0

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T | None]]) -> T:
    """What a look finds, once that is something: not every change is told."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.05)


class Ground:
    def __init__(self, store: Store, project: Project, folder: Path) -> None:
        self.store, self.project, self.folder = store, project, folder
        self.there = folder / "there"
        self.backups = folder / "backups"
        self.backups.mkdir()

    def how(self, tool: str, patience: Patience = QUICK) -> Copying:
        return Copying(
            store=self.store,
            project=self.project,
            to=place(f"rclone::local:{self.there}" if tool == "rclone" else f"restic:{self.there}"),
            locks=self.folder / "locks",
            timeout=60,
            redact=lambda text: text.replace(PASSWORD, "***"),
            patience=patience,
        )

    async def backup(self, content: bytes | None = None, *, finish: bool = True) -> Backup:
        asked = await self.store.runs.request(self.project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
        run = await self.store.runs.claim(asked.id)
        assert run is not None
        path = self.backups / f"agent -o $(x)-run{run.id}.dump"
        path.write_bytes(content if content is not None else os.urandom(200_000))
        manifest = manifest_of(path)
        manifest.write_text(json.dumps({"run": run.id}))
        backup = await self.store.releases.add_backup(
            self.project.id,
            (run.id, run.epoch),
            database="agent",
            path=str(path),
            size=path.stat().st_size,
            sha256=_digest(path),
            manifest_sha256=_digest(manifest),
        )
        if finish:
            await self.store.runs.finish(run.id, run.epoch, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
        return backup

    async def now(self, backup: Backup) -> Backup:
        found = await self.store.releases.backup(backup.id)
        assert found is not None
        return found

    async def until(self, backup: Backup, holds: Callable[[Backup], object]) -> Backup:
        async def look() -> Backup | None:
            found = await self.now(backup)
            return found if holds(found) else None

        return await until(look)

    async def troubles(self) -> list[Any]:
        return await self.store.pool.fetch("SELECT * FROM copy_troubles ORDER BY id")

    def make(self, tool: str) -> None:
        if tool == "restic":
            subprocess.run(["restic", "init", "--quiet", "-r", self.there], check=True, timeout=60)

    def brought_back(self, tool: str, backup: Backup) -> dict[str, bytes]:
        """What lies at the other place, read with the tool's own means."""
        names = [Path(backup.path), manifest_of(Path(backup.path))]
        if tool == "rclone":
            return {path.name: (self.there / "agent" / path.name).read_bytes() for path in names}
        return {
            path.name: subprocess.run(
                ["restic", "-r", self.there, "dump", "--path", backup.path, "latest", path],
                check=True,
                capture_output=True,
                timeout=60,
            ).stdout
            for path in names
        }

    def here(self, backup: Backup) -> dict[str, bytes]:
        names = [Path(backup.path), manifest_of(Path(backup.path))]
        return {path.name: path.read_bytes() for path in names}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def flip(path: Path) -> None:
    """One bit, with size and times as they were."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def shim(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tool: str, *, before: str = "", after: str = ""
) -> Path:
    """A program of the tool's name that notes how it is called and does something more."""
    calls = folder / "calls"
    calls.touch()
    real = shutil.which(tool)
    bin_ = folder / "bin"
    bin_.mkdir()
    (bin_ / tool).write_text(
        f'#!/bin/sh\nCALLS="{calls}"\necho "$*" >>"$CALLS"\n{before}\n"{real}" "$@" || exit $?\n{after}\n'
    )
    (bin_ / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    return calls


def count(calls: Path, verb: str) -> int:
    return sum(f" {verb} " in line for line in calls.read_text().splitlines())
