"""DORA's four keys of software delivery, from what the journal tells. Pure.

docs/metrics.md says in words what is counted here; names and ideas are those of https://dora.dev/guides/dora-metrics-four-keys/.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from pipeline.model.figures import Change, Past, Trouble
from pipeline.model.states import RunKind, RunState, Source

PERIOD = timedelta(days=30)

BAD_WITHIN = timedelta(hours=24)
"""A release that is left by a rollback so soon was a failed change; by its probation, whenever."""

FEWEST = 5
"""Of fewer deploys a share says nothing."""

_WEEK = timedelta(days=7)
_TAKES_BACK = frozenset({RunKind.ROLLBACK, RunKind.REWIND})


@dataclass(frozen=True, kw_only=True)
class Dora:
    """Of the deploys that ended, and the incidents that began, from `since` on and before `until`; `covered`
    is for how much of that time there was a journal.

    `reached` counts deploys that reached production, `failed` those of them that were no good, `live` those
    that went live. `lead` is the median of `commits`, from commit to live; `untimed` counts deploys whose
    commit times are not known. `restore` is the median of `incidents` that are over, `longest` the longest of
    them, `unrestored` counts those that are not over.
    """

    since: datetime
    until: datetime
    covered: timedelta
    reached: int = 0
    live: int = 0
    failed: int = 0
    commits: int = 0
    lead: timedelta | None = None
    untimed: int = 0
    incidents: int = 0
    restore: timedelta | None = None
    longest: timedelta | None = None
    unrestored: int = 0

    @property
    def per_week(self) -> float | None:
        """Deployment frequency; None where less than a week is covered."""
        return self.live / (self.covered / _WEEK) if self.covered >= _WEEK else None

    @property
    def failure_rate(self) -> float | None:
        """Change failure rate, from 0 to 1; None of too few deploys."""
        return self.failed / self.reached if self.reached >= FEWEST else None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A deploy that reached production. `mended_at` is when something good served again after one that was no
    good, None as long as nothing does."""

    change: Change
    bad: bool = False
    bad_from: datetime | None = None
    mended_at: datetime | None = None


def measured(past: Past, since: datetime, until: datetime) -> Dora:
    """`past` reaches back to `since` at least, and holds all that came after `until`, too."""
    deploys = [one for one in judged(past.changes) if since <= one.change.ended_at < until]
    live = [one.change for one in deploys if one.change.state is RunState.SUCCEEDED]
    leads = _leads(past.changes, since, until)
    incidents = [one for one in _incidents(past) if since <= one.began_at < until]
    over = sorted(one.over_at - one.began_at for one in incidents if one.over_at)
    begun = past.began_at
    return Dora(
        since=since,
        until=until,
        covered=max(timedelta(0), until - max(since, begun)) if begun else timedelta(0),
        reached=len(deploys),
        live=len(live),
        failed=sum(one.bad for one in deploys),
        commits=len(leads),
        lead=_median(leads),
        untimed=sum(one.commits is None for one in live),
        incidents=len(over),
        restore=_median(over),
        longest=over[-1] if over else None,
        unrestored=len(incidents) - len(over),
    )


def _median(times: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None


def judged(changes: Sequence[Change]) -> list[Judged]:
    """The deploys that reached production, the oldest first, each with what became of it."""
    return [
        _judge(change, changes[at + 1 :])
        for at, change in enumerate(changes)
        if change.kind is RunKind.DEPLOY
    ]


def _judge(deploy: Change, later: Sequence[Change]) -> Judged:
    match deploy.state:
        case RunState.REVERTED:
            return Judged(change=deploy, bad=True, bad_from=deploy.began_at, mended_at=deploy.ended_at)
        case RunState.BROKEN:
            return Judged(change=deploy, bad=True, bad_from=deploy.began_at, mended_at=_next_good(later))
    back = _taken_back(deploy, later)
    if back is None:
        return Judged(change=deploy)
    mended = back.ended_at if back.state is RunState.SUCCEEDED else _next_good(later)
    return Judged(change=deploy, bad=True, bad_from=deploy.ended_at, mended_at=mended)


def _taken_back(deploy: Change, later: Sequence[Change]) -> Change | None:
    """The run that went back from this release, before another deploy took its place."""
    for change in later:
        if change.kind is RunKind.DEPLOY and change.state is RunState.SUCCEEDED:
            return None
        if change.kind not in _TAKES_BACK or change.live_release_id != deploy.release_id:
            continue
        if change.state is RunState.REVERTED:  # it did not get through: the release serves on
            continue
        soon = change.began_at - deploy.ended_at <= BAD_WITHIN
        return change if soon or change.source is Source.PROBATION else None
    return None


def _next_good(later: Sequence[Change]) -> datetime | None:
    return next((change.ended_at for change in later if change.state is RunState.SUCCEEDED), None)


def _leads(changes: Iterable[Change], since: datetime, until: datetime) -> list[timedelta]:
    """From commit to live, of each commit once: when it first went live."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for change in changes:
        if change.kind is RunKind.DEPLOY and change.state is RunState.SUCCEEDED:
            for commit in change.commits or ():
                found.setdefault(commit.sha, (commit.at, change.ended_at))
    return [max(timedelta(0), live - commit) for commit, live in found.values() if since <= live < until]


def _incidents(past: Past) -> list[Trouble]:
    """Bad deploys, other runs that left production broken, critical alerts; those that overlap are one."""
    found = list(past.troubles)
    found += [
        Trouble(began_at=one.bad_from, over_at=one.mended_at) for one in judged(past.changes) if one.bad_from
    ]
    found += [
        Trouble(began_at=change.began_at, over_at=_next_good(past.changes[at + 1 :]))
        for at, change in enumerate(past.changes)
        if change.state is RunState.BROKEN and change.kind is not RunKind.DEPLOY
    ]
    merged: list[Trouble] = []
    for one in sorted(found, key=lambda one: one.began_at):
        last = merged[-1] if merged else None
        if last is None or (last.over_at is not None and one.began_at > last.over_at):
            merged.append(one)
        elif last.over_at is not None:
            over = None if one.over_at is None else max(last.over_at, one.over_at)
            merged[-1] = Trouble(began_at=last.began_at, over_at=over)
    return merged
