"""Whether a release passes its probation, from what was seen of it. Pure: time is passed in.

`failed` is only what is clear: a service down or unhealthy, or the health endpoint failing, in several looks
in a row; a restart loop; a second OOM kill. What is odd and not clear is `inconclusive`, told at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.engine.probation.rates import figures, more_errors, slower
from pipeline.model.moment import unzoned
from pipeline.model.probation import Probation, ProbationState, Response, Sample, Seen, Verdict, Watched

_GAP = 3  # this many intervals without a look are a gap


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is clear. `looks` in a row that last `lasting` at least are a failure; so many `restarts` are a
    loop, so many `ooms` no accident. Below a share `enough` of the looks that were meant nothing passes."""

    looks: int = 3
    lasting: timedelta = timedelta(seconds=15)
    restarts: int = 3
    ooms: int = 2
    enough: float = 0.5


RULES = Rules()


def judge(probation: Probation, samples: Sequence[Sample], now: datetime, rules: Rules = RULES) -> Verdict:
    """`samples` are in the order of their moments."""
    found = _Reading(probation, rules)
    for sample in samples:
        found.read(sample)
    if found.clear:
        return Verdict(state=ProbationState.FAILED, evidence=found.clear, notes=found.gaps)
    if now < probation.until_at or found.may_yet_fail(now):
        return Verdict(state=ProbationState.WATCHING, notes=found.gaps)
    gaps = [*found.gaps, *found.last_gap(now)]
    odd = [*_too_few(probation, samples, rules), *found.odd(), *_worse(probation, samples)]
    if odd:
        return Verdict(state=ProbationState.INCONCLUSIVE, evidence=odd, notes=gaps)
    return Verdict(state=ProbationState.PASSED, notes=gaps)


def _worse(probation: Probation, samples: Sequence[Sample]) -> list[str]:
    told = figures(samples, probation.began_at)
    if told is None:
        return []
    worse = (more_errors(told, probation.baseline), slower(told, probation.baseline))
    first = next((sample.error for sample in samples if sample.error), "")
    said = [sentence for sentence in worse if sentence]
    return [*said, f"The first of these lines: {first}"] if worse[0] and first else said


def _too_few(probation: Probation, samples: Sequence[Sample], rules: Rules) -> list[str]:
    meant = max(round((probation.until_at - probation.began_at) / probation.watched.every), 1)
    seen = sum(sample.unknown is None for sample in samples)
    if seen >= meant * rules.enough:
        return []
    return [f"Too little was seen: {seen} of {meant} looks. The worker or Docker was away."]


@dataclass
class _Line:
    """One thing that is watched: looks in a row in which it was ill, which count from `counts_from` on."""

    counts_from: datetime
    waits_for_well: bool = False
    row: list[datetime] = field(default_factory=list)
    ill: int = 0
    why: str = ""
    told: bool = False
    restarts: int | None = None
    restarted: int = 0
    ooms: int = 0
    flaps: int = 0
    by_hand: bool = False
    stopped: int = 0

    def anew(self, at: datetime, grace: timedelta) -> None:
        """Nobody could look: what it is like now may have come from what kept them from it."""
        self.counts_from, self.waits_for_well, self.row = at + grace, True, []

    def well(self, at: datetime, wait: timedelta) -> None:
        self.row, self.by_hand = [], False
        if self.waits_for_well:
            self.counts_from, self.waits_for_well = min(self.counts_from, at + wait), False

    def counts(self, at: datetime) -> bool:
        return at >= self.counts_from


class _Reading:
    """What the samples say, read one after the other."""

    def __init__(self, probation: Probation, rules: Rules) -> None:
        self._watched: Watched = probation.watched
        self._rules = rules
        self._last = probation.began_at
        self._interrupted: str | None = None
        begin = probation.began_at + self._watched.startup_wait
        self._lines = {name: _Line(begin) for name in (*self._watched.services, *self._watched.others)}
        self._endpoint = _Line(begin)
        self.clear: list[str] = []
        self.gaps: list[str] = []

    def read(self, sample: Sample) -> None:
        if sample.unknown is not None:
            self._interrupted = self._interrupted or sample.unknown
            return
        away = sample.at - self._last > self._watched.every * _GAP
        if away or self._interrupted:
            why = self._interrupted or "the worker was away"
            self.gaps.append(_gap(self._last, sample.at, why))
            for line in (*self._lines.values(), self._endpoint):
                line.anew(sample.at, self._watched.grace)
        self._last, self._interrupted = sample.at, None
        for name, line in self._lines.items():
            self._service(name, line, sample)
        if sample.response is not None:
            self._answer(sample.response, sample)

    def _service(self, name: str, line: _Line, sample: Sample) -> None:
        seen, at = sample.services.get(name), sample.at
        if name in sample.stopped:
            line.by_hand, line.stopped = True, line.stopped + 1
        critical = name in self._watched.services
        if line.counts(at):
            line.ooms += sample.oom.get(name, 0)
            line.flaps += sample.flaps.get(name, 0)
        if seen is not None:
            more = seen.restarts - line.restarts if line.restarts is not None else 0
            line.restarts = seen.restarts
            line.restarted += max(more, 0) if line.counts(at) else 0
        if critical and line.restarted >= self._rules.restarts:
            self._once(line, f"{name} is in a restart loop: Docker restarted it {line.restarted} times.")
        if critical and line.ooms >= self._rules.ooms:
            self._once(line, f"{name} ran out of memory: {line.ooms} OOM kills.")
        if seen is not None and seen.well:
            line.well(at, self._watched.startup_wait)
        elif not line.by_hand and (seen is None or seen.ill) and (critical or not _done(seen)):
            self._ill(line, at, f"{name} was {_how(seen)}", critical=critical)

    def _answer(self, response: Response, sample: Sample) -> None:
        if response.ok:
            self._endpoint.well(sample.at, self._watched.startup_wait)
        elif not self._starts(sample) and not any(self._lines[n].by_hand for n in self._watched.services):
            said = f"The health endpoint failed ({response.said})"
            self._ill(self._endpoint, sample.at, said, critical=True)

    def _starts(self, sample: Sample) -> bool:
        """Whether one of the critical services has only just been started: its answers do not count yet."""
        seen = [sample.services[name] for name in self._watched.services if name in sample.services]
        return any(
            each.running
            and (
                each.health == "starting"
                or (each.started_at is not None and sample.at - each.started_at < self._watched.startup_wait)
            )
            for each in seen
        )

    def _ill(self, line: _Line, at: datetime, what: str, *, critical: bool) -> None:
        if not line.counts(at):
            return
        line.ill, line.why = line.ill + 1, what
        line.row.append(at)
        if not critical or not self._is_clear(line):
            return
        first, last = (unzoned(moment, "%H:%M:%S") for moment in (line.row[0], line.row[-1]))
        self._once(line, f"{what} in {len(line.row)} looks in a row, from {first} to {last}.")

    def _is_clear(self, line: _Line) -> bool:
        return len(line.row) >= self._rules.looks and line.row[-1] - line.row[0] >= self._rules.lasting

    def _once(self, line: _Line, sentence: str) -> None:
        if not line.told:
            line.told = True
            self.clear.append(sentence)

    def may_yet_fail(self, now: datetime) -> bool:
        """Whether the watch is to go on over its end, for something is ill and it is not clear yet."""
        longest = self._rules.lasting + self._watched.every * (self._rules.looks + 1)
        rows = [self._lines[name].row for name in self._watched.services] + [self._endpoint.row]
        return any(row and now - row[0] < longest for row in rows)

    def odd(self) -> list[str]:
        """What is not as it should be and not clear. One failed answer alone is not odd."""
        found = []
        for name, line in self._lines.items():
            if line.stopped:
                found.append(f"{name} was stopped by hand{_times(line.stopped)}.")
            if line.restarted:
                found.append(f"{name} was restarted by Docker{_times(line.restarted)}.")
            if line.ooms:
                found.append(f"{name} ran out of memory{_times(line.ooms)} (OOM kill).")
            if line.ill or line.flaps:
                looks = f"{line.why} in {line.ill} look{'s' if line.ill != 1 else ''}"
                found.append(f"{looks if line.ill else f'{name} was unhealthy{_times(line.flaps)}'}.")
        if self._endpoint.ill > 1:
            found.append(f"{self._endpoint.why} in {self._endpoint.ill} looks.")
        return found

    def last_gap(self, now: datetime) -> list[str]:
        away = now - self._last > self._watched.every * _GAP
        return [_gap(self._last, now, self._interrupted or "the worker was away")] if away else []


def _done(seen: Seen | None) -> bool:
    """A service that nothing depends on may have done what it had to."""
    return seen is not None and not seen.running and seen.exit_code == 0


def _how(seen: Seen | None) -> str:
    if seen is None:
        return "gone"
    if seen.running:
        return "unhealthy"
    return "down" if seen.exit_code is None else f"down (exit code {seen.exit_code})"


def _times(count: int) -> str:
    return " once" if count == 1 else f" {count} times"


def _gap(since: datetime, until: datetime, why: str) -> str:
    return f"Not seen from {unzoned(since, '%H:%M:%S')} to {unzoned(until, '%H:%M:%S')}: {why}."
