"""Pull: the branch or SHA becomes one commit, exported exactly as it is."""

from __future__ import annotations

from pipeline.model.results import CommitLine, Pulled
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
    await read(parts, compose_file)
    commits = await parts.source.commits(journey.live.sha if journey.live else None, resolved.sha)
    lines = [CommitLine(sha=c.sha, author=c.author, subject=c.subject) for c in commits.commits]
    newest = await parts.source.commits(None, resolved.sha, limit=1)
    return Pulled(
        sha=resolved.sha,
        branch=branch,
        subject=newest.commits[0].subject,
        source=str(into),
        commits=lines,
        commit_count=commits.total,
        unrelated=commits.unrelated,
        dropped=commits.dropped,
        submodules=list(exported.submodules),
    )


async def _watched(journey: Journey, sha: str) -> str | None:
    """The watched branch where the commit is its tip."""
    branch = journey.project.branch
    return branch if await journey.parts.source.tip(branch) == sha else None
