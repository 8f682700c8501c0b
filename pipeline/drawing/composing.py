"""From a project's past to what its picture shows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from pipeline.drawing.values import Bar, Curve, Panel, Picture, Unit
from pipeline.model.dora import PERIOD, Judged, judged
from pipeline.model.figures import DeployPoint, Past
from pipeline.model.moment import local, zone_at
from pipeline.model.states import StageName
from pipeline.model.trends import WAITS, thinned
from pipeline.wording.markup import clean, cut
from pipeline.wording.words import size

LONG = timedelta(days=365)
"""How far a picture reaches back at most."""

CURVES = 3
"""More lines in one panel cannot be told apart on a phone."""

_NAME = 40
_POINTS = 400
_DAYS, _WEEKS = timedelta(days=35), timedelta(weeks=26)


def picture(project: str, past: Past, now: datetime, *, dark: bool) -> Picture:
    """From the first thing that is known on, at least PERIOD and at most LONG."""
    first = min([now, *(each.at for each in past.deploys), *(each.at for each in past.backups)])
    begin, end = local(max(now - LONG, min(first, now - PERIOD))), local(now)
    return Picture(
        title=cut(clean(project), _NAME),
        subtitle=f"{begin:%Y-%m-%d} – {end:%Y-%m-%d %H:%M} {zone_at(now)}",
        dark=dark,
        begin=begin,
        end=end,
        panels=[
            _deploys(judged(past.changes), begin, end),
            _stages(past.deploys, begin, end),
            _coverage(past.deploys),
            _backups(past),
        ],
    )


def bins(begin: datetime, end: datetime) -> tuple[str, list[tuple[datetime, datetime]]]:
    """What a bar stands for, and from when to when: days, weeks from Monday on, or months."""
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if end - begin <= _DAYS:
        name, starts = "day", [day + timedelta(days=number) for number in range((end - day).days + 2)]
    elif end - begin <= _WEEKS:
        monday = day - timedelta(days=day.weekday())
        name, starts = (
            "week",
            [monday + timedelta(weeks=number) for number in range((end - monday).days // 7 + 2)],
        )
    else:
        months = range(day.year * 12 + day.month - 1, end.year * 12 + end.month + 1)
        name, starts = "month", [datetime(month // 12, month % 12 + 1, 1) for month in months]  # noqa: DTZ001
    return name, list(pairwise(starts))


def _deploys(found: Sequence[Judged], begin: datetime, end: datetime) -> Panel:
    name, parts = bins(begin, end)
    ended = [(local(one.change.ended_at), one.bad) for one in found]
    ended = [(at, bad) for at, bad in ended if begin <= at <= end]
    failed = sum(bad for _, bad in ended)
    bars = [
        Bar(
            begin=start,
            end=stop,
            good=sum(start <= at < stop and not bad for at, bad in ended),
            bad=sum(start <= at < stop and bad for at, bad in ended),
        )
        for start, stop in parts
    ]
    return Panel(
        title=f"Deploys a {name}",
        unit=Unit.COUNT,
        value=str(len(ended)) if ended else "",
        alarm=f"{failed} failed" if failed else "",
        empty="no deploy yet",
        bars=bars if ended else [],
    )


def _stages(deploys: Sequence[DeployPoint], begin: datetime, end: datetime) -> Panel:
    """The stages that take longest: of many deploys the median of each day, week or month."""
    seconds: dict[StageName, list[tuple[datetime, float]]] = defaultdict(list)
    for deploy in deploys:
        for stage, took in deploy.seconds.items():
            if stage not in WAITS:
                seconds[stage].append((local(deploy.at), took))
    longest = sorted(seconds, key=lambda stage: -median(took for _, took in seconds[stage]))[:CURVES]
    _, parts = bins(begin, end)
    return Panel(
        title="Stages that take longest",
        unit=Unit.SECONDS,
        empty="no deploy went live yet",
        curves=[Curve(name=stage, points=_medians(seconds[stage], parts)) for stage in longest],
    )


def _medians(
    points: Sequence[tuple[datetime, float]], parts: Sequence[tuple[datetime, datetime]]
) -> list[tuple[datetime, float]]:
    """Each part's at its newest point."""
    found = []
    for start, stop in parts:
        within = [(at, value) for at, value in points if start <= at < stop]
        if within:
            found.append((max(at for at, _ in within), median(value for _, value in within)))
    return found


def _coverage(deploys: Sequence[DeployPoint]) -> Panel:
    covered = [(local(deploy.at), deploy.coverage) for deploy in deploys if deploy.coverage is not None]
    tests = next((deploy.tests for deploy in reversed(deploys) if deploy.tests is not None), None)
    told = [f"{covered[-1][1]:.1f} %"] if covered else []
    told += [f"{tests} tests"] if tests is not None else []
    return Panel(
        title="Coverage",
        unit=Unit.PERCENT,
        value=" · ".join(told),
        empty="no deploy told its coverage yet",
        curves=[Curve(name="coverage", points=covered[-_POINTS:])] if covered else [],
    )


def _backups(past: Past) -> Panel:
    points = [(local(each.at), float(each.bytes)) for each in thinned(past.backups, _POINTS)]
    return Panel(
        title="Size of backups",
        unit=Unit.BYTES,
        value=size(past.backups[-1].bytes) if past.backups else "",
        empty="no backup yet",
        curves=[Curve(name="backup", points=points)] if points else [],
    )
