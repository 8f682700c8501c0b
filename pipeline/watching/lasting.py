"""Hysteresis: what is bad for long enough is told, and what is well again for long enough is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipeline.model.alert import Problem

AT_ONCE = timedelta()


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """Whether something is told, and since when without a break it has been the other way round."""

    told: bool = False
    turned_at: datetime | None = None

    def after(
        self, bad: bool | None, now: datetime, *, opens: timedelta = AT_ONCE, closes: timedelta = AT_ONCE
    ) -> Lasting:
        """`bad` is what is seen now; None where nothing was: it stays, and the waiting begins anew."""
        if bad is None or bad is self.told:
            return Lasting(told=self.told)
        since = self.turned_at or now
        if now - since >= (closes if self.told else opens):
            return Lasting(told=bad)
        return Lasting(told=self.told, turned_at=since)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a watcher remembers of its problems, by fingerprint."""

    lasting: Mapping[str, Lasting] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)

    @staticmethod
    def of(problems: Iterable[Problem]) -> Memory:
        """Those that a watcher before this one had told."""
        known = {problem.fingerprint: replace(problem, more=0) for problem in problems}
        return Memory(lasting={name: Lasting(told=True) for name in known}, problems=known)

    def told(self, fingerprint: str) -> bool:
        return fingerprint in self.problems

    def after(
        self,
        fingerprint: str,
        bad: bool | None,
        problem: Problem | None,
        now: datetime,
        *,
        opens: timedelta = AT_ONCE,
        closes: timedelta = AT_ONCE,
    ) -> Memory:
        """`problem` is how it would be told now. One that is told stays in the words in which it was, until
        it becomes more or less severe or happens again (`more`)."""
        lasting = self.lasting.get(fingerprint, Lasting()).after(bad, now, opens=opens, closes=closes)
        known = self.problems.get(fingerprint)
        problems = {name: one for name, one in self.problems.items() if name != fingerprint}
        if lasting.told:
            anew = problem is not None and (
                known is None or problem.more > 0 or known.severity is not problem.severity
            )
            told = problem if anew else known
            if told is not None:
                problems[fingerprint] = told if anew else replace(told, more=0)
        return Memory(lasting={**self.lasting, fingerprint: lasting}, problems=problems)

    def at_rest(self) -> Memory:
        """Nothing is seen: what is told stays so."""
        lasting = {name: Lasting(told=one.told) for name, one in self.lasting.items() if one.told}
        return Memory(lasting=lasting, problems={n: replace(p, more=0) for n, p in self.problems.items()})

    @property
    def all(self) -> list[Problem]:
        return [self.problems[name] for name in sorted(self.problems)]
