"""Which release a rollback goes back to: what a person named, in the chat or on the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from pipeline.model.errors import PipelineError
from pipeline.model.move import Move, WaysBack, move
from pipeline.model.release import Backup, Kept, ProjectId, Release, ReleaseId
from pipeline.of_project import CONTROLLER
from pipeline.store.releases import Releases
from pipeline.wording.words import age

_NUMBER = re.compile(r"^[0-9]{1,18}$")
_DIGITS = re.compile(r"^[0-9a-f]{7,40}$")
_LISTED = 8


class CannotGoBack(PipelineError):
    """No kept release other than the live one was named."""


async def ways_back(releases: Releases, project: ProjectId, target: str | None, now: datetime) -> WaysBack:
    """Raises CannotGoBack."""
    goal = await release_to_go_back_to(releases, project, target, now)
    row = await releases.project_by_id(project)
    live = await releases.get(row.live_release_id) if row.live_release_id else None
    revision = row.schema_revision or (live.schema_revision if live else None)
    between = await releases.declared_between(project, goal.id, live.id) if live else []
    return WaysBack(
        live=live,
        goal=goal,
        now=revision,
        move=Move.NONE
        if row.name == CONTROLLER  # its journal stays; a release that cannot share it is refused
        else move(goal=goal, live=live, now=revision, between=between),
        backup=await releases.backup_of(goal),
    )


async def data_to_go_back_to(releases: Releases, goal: Release) -> Backup:
    """The backup that holds what the release left. Raises CannotGoBack."""
    found = await releases.backup_of(goal)
    if found is None:
        raise CannotGoBack(
            f"No backup is kept that holds the data which {_named(goal).lower()} left with its schema"
            f" ({goal.schema_revision or 'of unknown revision'}).",
            advice="Go back with the code only, or see /restore for the backups that are there.",
        )
    return found


async def release_to_go_back_to(
    releases: Releases, project: ProjectId, target: str | None, now: datetime
) -> Release:
    """The previous one, or with `target` the kept one of that number or of a commit that begins with these
    seven or more digits. Raises CannotGoBack, which lists what is kept."""
    kept = await releases.kept(project)
    if target is None:
        if kept.previous is None:
            raise CannotGoBack(
                "There is no previous release to go back to.",
                advice="A rollback is possible once two releases were live. /status shows what there is.",
            )
        return kept.previous
    wanted = target.strip().lower()
    commit = bool(_DIGITS.match(wanted))
    found = await releases.named(project, wanted, commit=commit) if commit or _NUMBER.match(wanted) else []
    return choose(target, found, kept, now)


def choose(target: str, found: Sequence[Release], kept: Kept, now: datetime) -> Release:
    """`found` are the releases that `target` fits, pruned and never served ones too. Raises CannotGoBack."""
    numbered = [release for release in found if str(release.id) == target.strip()]
    fitting = numbered or found
    listed = _listed(kept, now)
    if not fitting:
        raise CannotGoBack(
            f"No release has the number, or a commit that begins with, {target[:40]!r}.", advice=listed
        )
    if len({release.sha for release in fitting}) > 1:
        raise CannotGoBack(f"{target[:40]!r} fits more than one commit.", advice=listed)
    if kept.live and kept.live.id in _numbers(fitting):
        raise CannotGoBack(f"{_named(kept.live)} is live already.", advice=listed)
    there = _numbers(kept.all)
    reachable = [release for release in fitting if release.id in there]
    if reachable:
        return reachable[0]
    gone = fitting[0]
    why = (
        "was pruned: its images are gone"
        if gone.pruned_at
        else "never served: what it would do to the data was never seen"
    )
    raise CannotGoBack(f"{_named(gone)} {why}.", advice=f"{_anew(gone)}{listed}")


def _anew(release: Release) -> str:
    return f"/deploy {release.sha[:12]} builds that commit again. " if release.sha else ""


def _listed(kept: Kept, now: datetime) -> str:
    """`Kept are: 14 8f2c1d0 (live, 2 h ago), 12 77aa01b (previous, 3 d ago).`"""
    said = []
    for release in kept.all[:_LISTED]:
        place = "live, " if release == kept.live else "previous, " if release == kept.previous else ""
        since = age(release.live_since, now) if release.live_since else "age unknown"
        said.append(f"{release.id} {release.short_sha} ({place}{since})")
    more = len(kept.all) - len(said)
    return f"Kept are: {', '.join(said)}{f' and {more} more' if more else ''}." if said else "None is kept."


def _named(release: Release) -> str:
    return f"Release {release.id} ({release.short_sha})"


def _numbers(releases: Sequence[Release]) -> set[ReleaseId]:
    return {release.id for release in releases}
