"""What a commit's compose file declares of its migrations, read as it is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.compose import Compose, find_program
from pipeline.model.errors import PipelineError
from pipeline.process import CommandFailed, run, scratch
from pipeline.project.section import SECTION, read_section
from pipeline.source import Source

_COMPOSE_BYTES = 256 * 1024
_COMPOSE_SECONDS = 20.0

log = structlog.get_logger()


class Declared:
    """Keeps what the last file declared, for most commits have the same one and compose takes its time, and
    which compose program there is, as long as it does its work."""

    def __init__(self) -> None:
        self._read: tuple[bytes, str | None] | None = None
        self._patterns: Sequence[str] | None = None
        self._program: tuple[str, ...] | None = None

    async def patterns(
        self, source: Source, sha: str, compose_file: str, group: str | None = None
    ) -> Sequence[str] | None:
        """x-pipeline.migrate.paths of the commit's compose file, from the section of `group` if there is one;
        None where it has none that can be read here. Raises SourceError."""
        path = PurePosixPath(compose_file)
        content = await source.file(sha, path.name if path.is_absolute() else str(path), _COMPOSE_BYTES)
        if content is None or SECTION.encode() not in content:
            return None
        if (content, group) != self._read:
            try:
                section = read_section(await self._section(content, group))
            except (PipelineError, ValueError) as error:
                pass_on_cancellation()
                log.info("compose_file_not_read", sha=sha, problem=str(error)[:200])
                return None
            self._read = (content, group)
            self._patterns = section.migrate.paths if section.migrate else None
        return self._patterns

    async def _section(self, content: bytes, group: str | None) -> object:
        """As the file says it. Neither variables nor paths are looked up: the bot has not the worker's.

        Raises CommandFailed, ComposeMissing, ValueError.
        """
        program = self._program or await find_program()
        with scratch() as folder:
            file, out = folder / "compose.yml", folder / "config.json"
            file.write_bytes(content)
            compose = Compose(program=program, project="pushed", directory=Path(folder))
            try:
                await run(compose.text(file), timeout=_COMPOSE_SECONDS, stdout_to=out, check=True)
            except CommandFailed:
                self._program = None
                raise
            self._program = program
            config = json.loads(out.read_text())
            return config.get(f"{SECTION}-{group}", config.get(SECTION))
