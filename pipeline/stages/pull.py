"""Pull: the branch or SHA becomes one commit, exported exactly as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.model.results import CommitLine, Pulled
from pipeline.source import Source
from pipeline.source.export import Exported
from pipeline.stages.apart import see_apart
from pipeline.stages.journey import Journey
from pipeline.stages.resolved import commits_compose_file, read


async def run(journey: Journey) -> Pulled:
    parts = journey.parts
    journey.tell("fetching")
    await parts.source.fetch()
    resolved = await parts.source.resolve(journey.run.target or journey.project.branch)
    branch = resolved.branch or await _watched(journey, resolved.sha)
    await parts.store.runs.note(journey.run.id, journey.run.epoch, sha=resolved.sha, branch=branch)
    into = parts.layout.source(journey.run.id)
    into.parent.mkdir(parents=True, exist_ok=True)
    journey.tell(f"exporting {resolved.sha[:7]}")
    exported = await parts.source.export(resolved.sha, into)
    compose_file, _ = commits_compose_file(parts, into)
    await see_apart(parts, await read(parts, compose_file))
    live = journey.live.sha if journey.live else None
    return await described(parts.source, resolved.sha, branch, exported, into, since=live, clean=parts.redact)


async def described(
    source: Source,
    sha: str,
    branch: str | None,
    exported: Exported,
    into: Path,
    *,
    since: str | None,
    clean: Callable[[str], str],
) -> Pulled:
    """An exported commit, and what comes with it since the commit that is live. `clean` takes secrets out
    before anything is cut for a card."""
    commits = await source.commits(since, sha)
    lines = [CommitLine(sha=c.sha, author=clean(c.author), subject=clean(c.subject)) for c in commits.commits]
    newest = await source.commits(None, sha, limit=1)
    return Pulled(
        sha=sha,
        branch=branch,
        subject=clean(newest.commits[0].subject),
        source=str(into),
        commits=lines,
        commit_count=commits.total,
        unrelated=commits.unrelated,
        dropped=commits.dropped,
        submodules=list(exported.submodules),
        committed_at=[c.when for c in commits.commits],
    )


async def _watched(journey: Journey, sha: str) -> str | None:
    """The watched branch where the commit is its tip."""
    branch = journey.project.branch
    return branch if await journey.parts.source.tip(branch) == sha else None
