"""The digest: what happened since the one before, what is open, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.card import Card
from bot.cards.status import Next, silence
from pipeline.model.alert import Alert
from pipeline.model.happened import BadEnd, Happened, Tally
from pipeline.model.pause import Pause
from pipeline.model.plan import Approval
from pipeline.model.question import Question
from pipeline.model.release import Backup, Observation, Release
from pipeline.model.schedule import Digest, SchedulePause
from pipeline.model.states import ENDED_BADLY, RunKind, RunState
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.restore import last_proven
from pipeline.wording.schedule import TITLE
from pipeline.wording.words import (
    ANSWER_WANTED,
    KIND,
    PAUSED,
    RUN_SIGN,
    RUN_WORD,
    WARNING,
    age,
    change,
    day,
    named,
    roughly,
    share,
    short,
    size,
    span,
)

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Told:
    """`backup` is the newest usable one, `proven` the newest that was proven; `alerts` are those that last.
    `plan` and `question` wait for an answer. `agenda` is soonest first and without what rests."""

    project: str
    digest: Digest
    happened: Happened
    live: Release | None
    seen: Observation | None = None
    backup: Backup | None = None
    proven: Backup | None = None
    alerts: Sequence[Alert] = field(default_factory=tuple)
    plan: Approval | None = None
    question: Question | None = None
    quarantined: int = 0
    paused: Pause | None = None
    resting: Sequence[SchedulePause] = field(default_factory=tuple)
    agenda: Sequence[Next] = field(default_factory=tuple)


def digest_card(told: Told, now: datetime) -> Card:
    """Three lines where nothing happened and nothing is open."""
    digest, happened, problems = told.digest, told.happened, _open(told, now)
    bad = problems or any(each.state in ENDED_BADLY for each in happened.runs)
    sign = WARNING if bad else RUN_SIGN[RunState.SUCCEEDED]
    head = (
        f"{sign} <b>Digest</b> · {line(told.project, 63)}"
        f" · {roughly(digest.moment - digest.since)} up to {day(digest.moment)}"
    )
    live, room, proven = _live(told.live, now), _room(told.seen), last_proven(told.proven, now)
    if not problems and not happened.runs and not happened.alerts and not happened.backups:
        following = [f"Next: {_next(each)}" for each in told.agenda[:1]]
        return Card(
            text=joined(
                f"{head}: nothing happened.",
                " · ".join([live, *room]),
                " · ".join([proven, *following]),
            )
        )
    return Card(
        text=joined(
            head,
            live,
            *([GAP, "<b>Runs</b>", *_runs(happened)] if happened.runs else []),
            *_deployed(happened),
            *map(_bad, happened.bad),
            *_more_bad(happened),
            *_alerts(happened),
            GAP,
            *_backups(told, now),
            proven,
            " · ".join(room),
            *([GAP, "<b>Open</b>", *problems] if problems else []),
            *([GAP, "<b>Next</b>", *map(_next, told.agenda[:_SHOWN])] if told.agenda else []),
        )
    )


def _live(release: Release | None, now: datetime) -> str:
    if release is None:
        return "Live: nothing yet"
    branch = f" {line(release.branch, 100)}" if release.branch else ""
    since = f" since {day(release.live_since)} ({age(release.live_since, now)})" if release.live_since else ""
    return f"Live: {code(named(release))}{branch}{since}"


def _room(seen: Observation | None) -> list[str]:
    if seen is None:
        return []
    disk = [f"Disk {share(seen.disk_free)} free"] if seen.disk_free is not None else []
    memory = [f"memory {share(seen.memory_available)} available"] if seen.memory_available is not None else []
    return [*disk, *memory]


def _runs(happened: Happened) -> list[str]:
    """`Deploy: 4 done, 1 failed`, one line a kind."""
    return [
        f"{KIND[kind]}: {', '.join(f'{each.count} {RUN_WORD[each.state].lower()}' for each in of_kind)}"
        for kind in RunKind
        if (of_kind := sorted((e for e in happened.runs if e.kind is kind), key=_order))
    ]


def _order(tally: Tally) -> int:
    return list(RunState).index(tally.state)


def _deployed(happened: Happened) -> list[str]:
    if not happened.deployed:
        return []
    more = happened.count(RunKind.DEPLOY, RunState.SUCCEEDED) - len(happened.deployed)
    commits = ", ".join(code(short(sha)) for sha in happened.deployed)
    return [f"Deployed: {commits}{f' and {more} before' if more > 0 else ''}"]


def _bad(run: BadEnd) -> str:
    stage = f" at {line(run.stage, 40)}" if run.stage else ""
    sha = f" {code(short(run.sha))}" if run.sha else ""
    word = RUN_WORD[run.state].lower()
    kind, at = KIND[run.kind].lower(), day(run.finished_at)
    return f"{RUN_SIGN[run.state]} Run {run.id}, {kind}{sha}, {word}{stage}, {at}"


def _more_bad(happened: Happened) -> list[str]:
    more = sum(each.count for each in happened.runs if each.state in ENDED_BADLY) - len(happened.bad)
    return [f"… and {more} more; /history lists them"] if more > 0 else []


def _alerts(happened: Happened) -> list[str]:
    if not happened.alerts:
        return []
    critical = f", {happened.critical} of them critical" if happened.critical else ""
    longest = ""
    if happened.longest is not None:
        longest = f"; the longest {span(happened.longest)}: {line(happened.longest_title, 100)}"
    return [f"\n<b>Alerts</b>: {happened.alerts}{critical}{longest}"]


def _backups(told: Told, now: datetime) -> list[str]:
    made, backup = told.happened.backups, told.backup
    if backup is None:
        return ["<b>Backups</b>: none yet"]
    before = told.happened.bytes_before
    grown = (
        f", {change(backup.bytes - before)} since the digest before" if made and before is not None else ""
    )
    return [
        f"<b>Backups</b>: {made or 'none'} made",
        f"Newest: number {backup.id}, {size(backup.bytes)}{grown}, {age(backup.created_at, now)}",
    ]


def _open(told: Told, now: datetime) -> list[str]:
    """What wants Master now, one line each."""
    seen, found = told.seen, []
    if seen is None or silence(seen, now):
        found.append(f"{WARNING} The worker tells nothing: /status says since when")
    elif seen.problem:
        found.append(f"{WARNING} {line(seen.problem, 200)}")
    elif ill := [service.service for service in seen.services if not service.well]:
        found.append(f"{WARNING} Not well: {line(', '.join(ill), 200)}")
    found += [
        f"{WARNING} {line(each.problem.title, 120)}, since {day(each.began_at)}"
        for each in told.alerts[:_SHOWN]
    ]
    if len(told.alerts) > _SHOWN:
        found.append(f"… and {len(told.alerts) - _SHOWN} more alerts")
    if told.plan is not None:
        found.append(f"{RUN_SIGN[RunState.AWAITING]} The plan of run {told.plan.run_id} waits for you")
    if told.question is not None:
        found.append(f"{ANSWER_WANTED} Run {told.question.run_id} asks how to go on")
    if told.quarantined:
        found.append(f"{WARNING} Backups in quarantine: {told.quarantined}; /restore says why")
    if told.paused is not None:
        found.append(f"{PAUSED} Everything that comes by itself is paused since {day(told.paused.began_at)}")
    found += [
        f"{PAUSED} {TITLE[each.schedule]} is paused since {day(each.began_at)}" for each in told.resting
    ]
    return found


def _next(each: Next) -> str:
    return f"{line(each.name, 40)} {day(each.at)}"
