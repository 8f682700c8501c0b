"""Fills an empty database from a dump, with several connections at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.atomic import PART
from pipeline.database.client import Client
from pipeline.process import Command, run_chain

_MOST_JOBS = 4
_FOLDER = "/tmp"  # noqa: S108 - of the container: there every image lets any user write


@dataclass(frozen=True, kw_only=True)
class Filling:
    """pg_restore works side by side only from a file that it can seek in: the archive is unpacked into one
    first, so that memory does not grow with it."""

    client: Client
    into: str
    name: str
    run_id: int
    timeout: float
    redact: Callable[[str], str]

    async def fill(self, dump: Path, opening: list[Command], heard: Callable[[str], None]) -> None:
        """Raises CommandFailed."""
        await (self._here if self.client.server is None else self._inside)(dump, opening, heard)

    async def _inside(self, dump: Path, opening: list[Command], heard: Callable[[str], None]) -> None:
        """In a volume of the one-off container."""
        words = ("sh", "-c", f'cat >{_FOLDER}/archive && exec "$@" {_FOLDER}/archive', "sh", "pg_restore")
        command = self.client.command(self.name, *words, *self._options, run=self.run_id, volume=_FOLDER)
        await self._run([*opening, command], dump, heard=heard)

    async def _here(self, dump: Path, opening: list[Command], heard: Callable[[str], None]) -> None:
        """In a file beside the dump; pg_dump's own archive is one already."""
        archive = dump.with_name(f"{dump.name}.{self.name}{PART}") if opening else dump
        try:
            if opening:
                await self._run(opening, dump, into=archive)
            command = self.client.command(
                self.name, "pg_restore", *self._options, str(archive), run=self.run_id
            )
            await self._run([command], None, heard=heard)
        finally:
            if opening:
                archive.unlink(missing_ok=True)

    @property
    def _options(self) -> tuple[str, ...]:
        jobs = min(os.cpu_count() or 1, _MOST_JOBS)
        return (
            *("--exit-on-error", "--verbose", "--no-password"),
            *(f"--jobs={jobs}", f"--dbname={self.into}"),
        )

    async def _run(
        self,
        commands: list[Command],
        source: Path | None,
        *,
        into: Path | None = None,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        await run_chain(
            commands,
            timeout=self.timeout,
            stdin_from=source,
            stdout_to=into,
            redact=self.redact,
            check=True,
            on_line=heard,
        )
