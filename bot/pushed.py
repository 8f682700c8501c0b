"""What a push brings, as far as the repository tells: commits, files, migrations, and what a rewrite lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from bot.declared import Declared
from pipeline.cancelling import together
from pipeline.model.push import Push, PushedCommit, PushFacts
from pipeline.project.migrations import PATHS, migrations
from pipeline.source import Commits, Source

COMMITS = 20
FILES = 12
COMPOSE_FILE = "docker-compose-vnext.yml"
"""Where the worker has not told its DOCKER_COMPOSE_FILE."""


async def pushed(
    source: Source,
    tip: str,
    *,
    live: str | None,
    before: Push | None,
    compose_file: str,
    group: str | None = None,
    declared: Declared,
    clean: Callable[[str], str],
) -> tuple[list[PushedCommit], PushFacts]:
    """Of a commit that was fetched. `before` is the push that the branch was at; `clean` takes secrets out.

    Raises SourceError.
    """
    since = live or (before.sha if before else None)
    (found, lost), (differing, patterns) = await together(
        _history(source, since, before, tip),
        together(_files(source, since, tip), declared.patterns(source, tip, compose_file, group)),
    )
    commits = [
        PushedCommit(sha=c.sha, author=clean(c.author), subject=clean(c.subject), when=c.when)
        for c in found.commits
    ]
    files = None if found.unrelated else differing
    rewritten, gone = lost
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
        lost=gone,
        live_lost=rewritten and live is not None and (found.dropped > 0 or found.unrelated),
    )
    return commits, facts


async def _files(source: Source, since: str | None, tip: str) -> list[str] | None:
    return await source.changed_files(since, tip) if since else None


async def _history(
    source: Source, since: str | None, before: Push | None, tip: str
) -> tuple[Commits, tuple[bool, int | None]]:
    """The commits since the live one, and what a rewrite lost."""
    if before is None or before.sha == since:
        found = await source.commits(since, tip, limit=COMMITS)
        return found, _lost(before, found)
    found, moved = await together(
        source.commits(since, tip, limit=COMMITS), source.commits(before.sha, tip, limit=1)
    )
    return found, _lost(before, moved)


def _lost(before: Push | None, moved: Commits) -> tuple[bool, int | None]:
    """Whether the branch was rewritten, and how many commits are gone; what an open prompt told of that stays
    true. `moved` are the commits since `before`."""
    if before is None:
        return False, 0
    told = before.facts if before.facts is not None and before.state == "seen" else PushFacts()
    lost = None if moved.unrelated or told.lost is None else moved.dropped + told.lost
    return moved.unrelated or moved.dropped > 0 or told.rewritten, lost


def is_dockerfile(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile")


def is_compose_file(path: str, named: str) -> bool:
    """The one that is deployed, or one that is called as they are."""
    name = path.rpartition("/")[2].lower()
    called = name.endswith((".yml", ".yaml")) and "compose" in name
    return called or path == named or name == PurePosixPath(named).name.lower()
