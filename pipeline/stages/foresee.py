"""What a deploy would do now: the same plan as at the gate, made without a run, a lock or a build."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.model.plan import Plan, Side
from pipeline.model.release import Project, Release, RunId
from pipeline.model.results import Tested
from pipeline.model.states import RunKind
from pipeline.process import scratch
from pipeline.project.difference import differences
from pipeline.source import Source
from pipeline.stages import kept
from pipeline.stages.apart import see_apart
from pipeline.stages.approve import not_rehearsed, planned_checks, side, warnings
from pipeline.stages.journey import Hands, Parts
from pipeline.stages.live import images
from pipeline.stages.pull import described
from pipeline.stages.rehearse import foretell
from pipeline.stages.resolved import commits_compose_file, installed_compose_file, read, resolve
from pipeline.stages.revision import revision_at_the_gate

NO_RUN = RunId(0)
"""The plan's run, which there is none of."""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """`compose_changes` names keys, never values; None where nothing serves yet. `tests` tells whether the
    project declares any."""

    plan: Plan
    compose_changes: list[str] | None
    tests: bool


async def foresee(parts: Parts, project: Project, target: str | None) -> Foreseen:
    """Reads the remote, production and the journal, and writes only below a scratch folder of its own.

    Raises UnknownTarget, RemoteUnreachable, ConfigurationError, EngineUnreachable.
    """
    settings = parts.settings
    with scratch() as folder:
        source = Source(settings.git_url, folder / "mirror.git", borrowed=parts.layout.mirror)
        await source.fetch()
        resolved = await source.resolve(target or project.branch)
        branch = resolved.branch
        if branch is None and await source.tip(project.branch) == resolved.sha:
            branch = project.branch
        into = folder / "source"
        exported = await source.export(resolved.sha, into)
        compose_file, _ = commits_compose_file(parts, into)
        app = await read(parts, compose_file)
        await see_apart(parts, app)
        live, drift = await _live(parts, project)
        pulled = await described(
            source,
            resolved.sha,
            branch,
            exported,
            into,
            since=live.sha if live else None,
            clean=parts.redact,
        )
        changed = await _compose_changes(parts, live, compose_file, app.names) if live else None
        rehearsed = await foretell(parts, source, app, compose_file, live, pulled)
    declared = app.section.test is not None and app.tested() is not None
    tests = None if declared else Tested(ran=False, tests=0)
    revision, unknown = await revision_at_the_gate(parts, app, live)
    plan = Plan(
        run_id=NO_RUN,
        kind=RunKind.DEPLOY,
        project=project.name,
        live=side(live, revision) if live else None,
        goal=Side(sha=resolved.sha, branch=branch, images={}, compose_hash=None),
        subject=pulled.subject,
        services=[service.label for service in app.services],
        migration=app.section.migrate.command if app.section.migrate else None,
        commits=pulled.commits,
        commit_count=pulled.commit_count,
        tests=tests,
        rehearsed=rehearsed,
        downtime_seconds=await parts.store.runs.last_downtime(project.id),
        checks=planned_checks(app.section.smoke),
        warnings=[
            *drift,
            *unknown,
            *warnings(live=live, app=app, tests=tests, pulled=pulled),
            *not_rehearsed(rehearsed),
        ],
    )
    return Foreseen(plan=plan, compose_changes=changed, tests=declared)


async def _live(parts: Parts, project: Project) -> tuple[Release | None, list[str]]:
    """What serves as the journal knows it, and a warning where it knows something else."""
    serving = await images(parts)
    known = await parts.store.releases.get(project.live_release_id) if project.live_release_id else None
    if not serving or (known and known.images == serving):
        return known, []
    by_hand = kept.with_images(kept.kept(parts.layout.releases), serving)
    if by_hand is not None:
        live = by_hand
    elif known is not None:
        live = replace(known, images=serving)
    else:
        return None, ["What serves was not deployed from here: a deploy records it and comes back to it."]
    return live, ["Production serves other images than the journal says: somebody changed it by hand."]


async def _compose_changes(hands: Hands, live: Release, compose_file: Path, services: list[str]) -> list[str]:
    before = live.kept_compose_file if live.kept_compose_file.is_file() else installed_compose_file(hands)
    return differences(await resolve(hands, [before]), await resolve(hands, [compose_file]), services)
