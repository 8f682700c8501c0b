"""Figures in words, with those of the period before beside them: for chat and command line. Pure.

Of what is too little to say anything the counts are told, and that they are too few.
"""

from __future__ import annotations

from datetime import timedelta

from pipeline.model.compared import Figures
from pipeline.model.dora import FEWEST, PERIOD, Dora
from pipeline.model.trends import Trends
from pipeline.wording.words import change, duration, share, size, span

Line = tuple[str, str]
"""What it is, and how it is."""

_LONGEST = 3


def keys(found: Figures) -> list[Line]:
    """DORA's four, by their names."""
    now, before = found.dora, found.dora_before
    return [
        ("Deployment frequency", _frequency(now) + _before(_frequency(before) if before else None)),
        ("Lead time for changes", _lead(now) + _before(_brief_lead(before) if before else None)),
        ("Change failure rate", _failures(now) + _before(_failures(before) if before else None)),
        ("Time to restore", _restore(now) + _before(_brief_restore(before) if before else None)),
    ]


def trend(found: Figures) -> list[Line]:
    """How long stages take, tests and backups; nothing that there is none of."""
    now, before = found.trends, found.trends_before or Trends()
    lines = []
    if now.work is not None:
        longest = sorted(now.stages.items(), key=lambda each: -each[1])[:_LONGEST]
        of = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in longest)
        was = duration(before.work) if before.work is not None else None
        lines.append(("Work of a deploy", f"{duration(now.work)} ({of}){_before(was)}"))
    if now.down is not None:
        was = duration(before.down) if before.down is not None else None
        lines.append(("Without service", f"{duration(now.down)} a deploy{_before(was)}"))
    if now.tests is not None:
        more = f" ({now.tests - before.tests:+})" if before.tests is not None else ""
        lines.append(("Tests", f"{now.tests}{more}"))
    if now.coverage is not None:
        more = f" ({now.coverage - before.coverage:+.1f})" if before.coverage is not None else ""
        lines.append(("Coverage", f"{now.coverage:.1f} %{more}"))
    if now.backup is not None:
        grown = f" ({change(now.backup - before.backup)})" if before.backup is not None else ""
        lines.append(("Newest backup", f"{size(now.backup)}{grown}"))
    return lines


def covered(dora: Dora) -> str:
    """A sentence where the journal is younger than the period; else nothing."""
    if dora.covered >= PERIOD:
        return ""
    if dora.covered == timedelta(0):
        return "The journal knows no run yet."
    return f"The journal is {span(dora.covered)} old: that is all these figures are of."


def unsure(found: Figures) -> str:
    """A sentence on what the lead time leaves out; else nothing."""
    untimed = found.dora.untimed
    if not untimed:
        return ""
    return f"Lead time leaves {_deploys(untimed)} out: since when their commits waited is not known."


def _frequency(dora: Dora) -> str:
    if not dora.reached:
        return "no deploy"
    if dora.per_week is None:
        return f"{_deploys(dora.live)} in {span(dora.covered)}: too short for a rate"
    return f"{dora.per_week:.1f} a week ({_deploys(dora.live)})"


def _lead(dora: Dora) -> str:
    if dora.lead is None:
        return "not known: no commit with its time went live"
    if dora.commits < FEWEST:
        return f"{span(dora.lead)} ({_counted(dora.commits, 'commit')}: too few to go by)"
    return f"{span(dora.lead)} (median of {dora.commits} commits)"


def _brief_lead(dora: Dora) -> str:
    return "not known" if dora.lead is None else span(dora.lead)


def _failures(dora: Dora) -> str:
    if not dora.reached:
        return "no deploy"
    counts = f"{dora.failed} of {dora.reached}"
    if dora.failure_rate is None:
        return f"{counts}: too few for a rate"
    return f"{share(dora.failure_rate)} ({counts})"


def _restore(dora: Dora) -> str:
    still = f"{_counted(dora.unrestored, 'incident')} not over yet" if dora.unrestored else ""
    if dora.restore is None or dora.longest is None:
        return still or "nothing to restore"
    if dora.incidents == 1:
        told = f"{span(dora.restore)} (1 incident)"
    else:
        told = f"{span(dora.restore)} (median of {dora.incidents} incidents, longest {span(dora.longest)})"
    return f"{told}; {still}" if still else told


def _brief_restore(dora: Dora) -> str:
    if dora.restore is not None:
        return span(dora.restore)
    return "not over" if dora.unrestored else "nothing"


def _before(told: str | None) -> str:
    return f"; before {told}" if told else ""


def _deploys(count: int) -> str:
    return _counted(count, "deploy")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
