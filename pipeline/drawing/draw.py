"""Draws a picture, with type that is read on a phone. Nothing else imports matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.drawing.scale import across, dates, marks, tick
from pipeline.drawing.values import Curve, Panel, Picture, Unit

WIDTH, HEIGHT = 1080, 1500
_DPI = 100
_SMALL, _NORMAL, _LARGE = 20, 24, 32
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.135, 0.965, 0.905, 0.03
_NAMES = 0.80
"""Where curves end whose names stand beside them."""

_APART = 0.17
"""Between names at the ends of curves, of the panel's height."""

_NEAR = 0.06
"""So near to the right edge a date stands left of its moment, where no names stand beside it."""

_ROOM = 1.18


@dataclass(frozen=True)
class Colours:
    ground: str
    ink: str
    faint: str
    line: str
    curves: tuple[str, ...]
    bad: str


LIGHT = Colours("#ffffff", "#17212b", "#5b6875", "#dde3e9", ("#1769c5", "#b45309", "#0f7b55"), "#c62828")
DARK = Colours("#17212b", "#f2f5f8", "#a3b1bf", "#2c3a48", ("#6cb6ff", "#f2a65a", "#5fd3a5"), "#ff7b72")


def png(picture: Picture) -> bytes:
    colours = DARK if picture.dark else LIGHT
    with mpl.rc_context({"text.parse_math": False, "font.family": "DejaVu Sans", "font.size": _SMALL}):
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=colours.ground)
        figure.text(0.05, 0.972, picture.title, size=_LARGE, weight="bold", color=colours.ink, va="top")
        figure.text(0.05, 0.934, picture.subtitle, size=_SMALL, color=colours.faint, va="top")
        count = len(picture.panels)
        each = (_TOP - _BOTTOM) / max(count, 1)
        for number, panel in enumerate(picture.panels):
            bottom = _TOP - (number + 1) * each
            named = len(panel.curves) > 1
            box = (_LEFT, bottom + 0.028, (_NAMES if named else _RIGHT) - _LEFT, each - 0.082)
            _panel(figure.add_axes(box), panel, picture, colours, named=named)
        out = io.BytesIO()
        figure.savefig(out, format="png", facecolor=colours.ground)
    return out.getvalue()


def _panel(axes: Axes, panel: Panel, picture: Picture, colours: Colours, *, named: bool) -> None:
    figure = axes.get_figure()
    place = axes.get_position()
    words = ((panel.title, colours.ink, "bold"), (panel.value, colours.faint, "normal"))
    left = 0.05
    for text, colour, weight in (*words, (panel.alarm, colours.bad, "bold")):
        if text and figure is not None:
            said = figure.text(left, place.y1 + 0.012, text, size=_NORMAL, color=colour, weight=weight)
            left += said.get_window_extent().width / WIDTH + 0.025
    if not panel.bars and not any(curve.points for curve in panel.curves):
        axes.set_axis_off()
        axes.text(0.5, 0.5, panel.empty, size=_NORMAL, color=colours.faint, ha="center", va="center")
        return
    _frame(axes, panel, picture, colours, named=named)
    for bar in panel.bars:
        start, width = across(bar.begin), across(bar.end) - across(bar.begin)
        at, wide = start + width * 0.1, width * 0.8
        axes.bar(at, bar.good, width=wide, align="edge", color=colours.curves[0])
        axes.bar(at, bar.bad, width=wide, bottom=bar.good, align="edge", color=colours.bad)
    for curve, colour in zip(panel.curves, colours.curves, strict=False):
        _curve(axes, curve, colour)
    _limits(axes, panel)
    if named:
        _names(axes, panel, colours)


def _frame(axes: Axes, panel: Panel, picture: Picture, colours: Colours, *, named: bool) -> None:
    unit = panel.unit
    axes.set_facecolor(colours.ground)
    last = max([picture.end, *(bar.end for bar in panel.bars)])
    axes.set_xlim(across(picture.begin), across(last))
    shown = dates(picture.begin, picture.end)
    axes.set_xticks([across(at) for at, _ in shown], [words for _, words in shown])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=unit is Unit.COUNT))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit)))
    for (at, _), label in zip(shown, axes.get_xticklabels(), strict=True):
        is_near = (last - at) / (last - picture.begin) < _NEAR
        label.set_horizontalalignment("right" if is_near and not named else "center")
    axes.tick_params(colors=colours.faint, length=0, pad=8, labelsize=_SMALL)
    axes.grid(visible=True, axis="y", color=colours.line, linewidth=1.5)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)


def _curve(axes: Axes, curve: Curve, colour: str) -> None:
    at, values = [across(moment) for moment, _ in curve.points], [value for _, value in curve.points]
    few = len(at) <= 40
    axes.plot(at, values, color=colour, linewidth=4, marker="o" if few else "", markersize=9, clip_on=False)
    if at and not few:
        axes.plot(at[-1], values[-1], color=colour, marker="o", markersize=10, clip_on=False)


def _limits(axes: Axes, panel: Panel) -> None:
    values = [value for curve in panel.curves for _, value in curve.points]
    values += [float(bar.good + bar.bad) for bar in panel.bars]
    low, high = min(values), max(values)
    if panel.unit is Unit.PERCENT:
        room = max((high - low) * 0.3, 2.0)
        axes.set_ylim(max(0.0, low - room), min(100.0, high + room) + 0.5)
    else:
        axes.set_ylim(0.0, high * _ROOM or 1.0)
        if panel.unit is not Unit.COUNT:
            axes.set_yticks(marks(high * _ROOM, panel.unit))


def _names(axes: Axes, panel: Panel, colours: Colours) -> None:
    """At the ends of the curves, moved apart where they would lie upon each other."""
    bottom, top = axes.get_ylim()
    ends = [
        ((curve.points[-1][1] - bottom) / (top - bottom), curve.name, colour)
        for curve, colour in zip(panel.curves, colours.curves, strict=False)
        if curve.points
    ]
    above = -1.0
    for height, name, colour in sorted(ends):
        above = max(height, above + _APART)
        axes.text(
            1.03, above, name, transform=axes.transAxes, size=_SMALL, color=colour, weight="bold", va="center"
        )
