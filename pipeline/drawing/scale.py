"""What stands beside an axis. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.drawing.values import Unit

_STEPS = {
    Unit.SECONDS: ((3600.0, "h"), (60.0, "min"), (1.0, "s")),
    Unit.BYTES: ((1024.0**4, "TB"), (1024.0**3, "GB"), (1024.0**2, "MB"), (1024.0, "kB"), (1.0, "B")),
}

_ROUND = {
    Unit.SECONDS: (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0),
    Unit.BYTES: (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 256.0, 512.0),
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - pictures know no zones
_DAY = timedelta(days=1)
_MONTHS = timedelta(days=70)
_DATES = 4


def across(at: datetime) -> float:
    """Where a moment lies on the axis: in days."""
    return (at - _EPOCH) / _DAY


def dates(begin: datetime, end: datetime) -> list[tuple[datetime, str]]:
    """At most four moments between the two, and how they are called: months, or days of a short time."""
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    if end - begin < _MONTHS:
        step = max(1, -(-(end - begin).days // _DATES))
        days = [midnight - number * step * _DAY for number in range(_DATES)]
        return [(day, f"{day.day} {day:%b}") for day in reversed(days) if day >= begin]
    last = end.year * 12 + end.month - 1
    step = max(1, -(-(last - begin.year * 12 - begin.month + 1) // _DATES))
    months = [divmod(last - number * step, 12) for number in range(_DATES)]
    starts = [midnight.replace(year=year, month=month + 1, day=1) for year, month in months]
    return [(start, f"{start:%b %Y}") for start in reversed(starts) if start >= begin]


def marks(high: float, unit: Unit) -> list[float]:
    """Values from 0 up to `high`, at most four, that are round in their unit."""
    steps = [step * factor for factor, _ in reversed(_STEPS[unit]) for step in _ROUND[unit]]
    step = next((step for step in steps if high / step < _DATES), steps[-1])
    return [step * number for number in range(int(high // step) + 1)][:_DATES]


def tick(value: float, unit: Unit) -> str:
    """Short: `90 s`, `2.5 min`, `1.5 GB`, `80 %`, `3`."""
    if unit is Unit.PERCENT:
        return f"{value:g} %"
    if unit is Unit.COUNT or value == 0:
        return f"{value:g}"
    steps = _STEPS[unit]
    factor, name = next((step for step in steps if abs(value) >= step[0]), steps[-1])
    return f"{value / factor:.3g} {name}"
