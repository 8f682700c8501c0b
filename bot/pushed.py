"""What a push brings, as far as the repository tells: commits, files, migrations, and what a rewrite lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.compose import Compose, find_program
from pipeline.model.errors import PipelineError
from pipeline.model.push import Push, PushedCommit, PushFacts
from pipeline.process import run, scratch
from pipeline.project.migrations import PATHS, migrations
from pipeline.project.section import read_section
from pipeline.source import Source

COMMITS = 20
FILES = 12
COMPOSE_FILE = "docker-compose-vnext.yml"
"""Where the worker has not told its DOCKER_COMPOSE_FILE."""

_COMPOSE_BYTES = 256 * 1024
_COMPOSE_SECONDS = 20.0

log = structlog.get_logger()


async def pushed(
    source: Source,
    tip: str,
    *,
    live: str | None,
    before: Push | None,
    compose_file: str,
    clean: Callable[[str], str],
) -> tuple[list[PushedCommit], PushFacts]:
    """Of a commit that was fetched. `before` is the push that the branch was at; `clean` takes secrets out.

    Raises SourceError.
    """
    since = live or (before.sha if before else None)
    found = await source.commits(since, tip, limit=COMMITS)
    commits = [
        PushedCommit(sha=c.sha, author=clean(c.author), subject=clean(c.subject), when=c.when)
        for c in found.commits
    ]
    files = await source.changed_files(since, tip) if since and not found.unrelated else None
    rewritten, lost = await _lost(source, before, tip)
    patterns = await declared_patterns(source, tip, compose_file)
    fitting = migrations(files or (), patterns or PATHS)
    facts = PushFacts(
        commit_count=found.total,
        file_count=None if files is None else len(files),
        files=[clean(path) for path in (files or [])[:FILES]],
        migration_count=None if files is None else len(fitting),
        migrations=[clean(path) for path in fitting[-FILES:]],
        declared=patterns is not None,
        dockerfile=any(is_dockerfile(path) for path in files or ()),
        compose_file=any(is_compose_file(path, compose_file) for path in files or ()),
        rewritten=rewritten,
        lost=lost,
        live_lost=rewritten and live is not None and (found.dropped > 0 or found.unrelated),
    )
    return commits, facts


async def _lost(source: Source, before: Push | None, tip: str) -> tuple[bool, int | None]:
    """Whether the branch was rewritten, and how many commits are gone; what an open prompt told of that stays
    true."""
    if before is None:
        return False, 0
    told = before.facts if before.facts is not None and before.state == "seen" else PushFacts()
    found = await source.commits(before.sha, tip, limit=1)
    lost = None if found.unrelated or told.lost is None else found.dropped + told.lost
    return found.unrelated or found.dropped > 0 or told.rewritten, lost


async def declared_patterns(source: Source, sha: str, compose_file: str) -> Sequence[str] | None:
    """x-pipeline.migrate.paths of the commit's compose file; None where it has none that can be read here."""
    path = PurePosixPath(compose_file)
    content = await source.file(sha, path.name if path.is_absolute() else str(path), _COMPOSE_BYTES)
    if content is None:
        return None
    try:
        section = read_section(await _section(content))
    except (PipelineError, ValueError) as error:
        pass_on_cancellation()
        log.info("compose_file_not_read", sha=sha, problem=str(error)[:200])
        return None
    return section.migrate.paths if section.migrate else None


async def _section(content: bytes) -> object:
    """As the file says it. Neither variables nor paths are looked up: the bot has not those of the worker.

    Raises CommandFailed, ComposeMissing, ValueError.
    """
    program = await find_program()
    with scratch() as folder:
        file, out = folder / "compose.yml", folder / "config.json"
        file.write_bytes(content)
        compose = Compose(program=program, project="pushed", directory=Path(folder))
        await run(compose.text(file), timeout=_COMPOSE_SECONDS, stdout_to=out, check=True)
        return json.loads(out.read_text()).get("x-pipeline")


def is_dockerfile(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile")


def is_compose_file(path: str, named: str) -> bool:
    """The one that is deployed, or one that is called as they are."""
    name = path.rpartition("/")[2].lower()
    called = name.endswith((".yml", ".yaml")) and "compose" in name
    return called or path == named or name == PurePosixPath(named).name.lower()
