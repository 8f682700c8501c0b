"""The card of a probation that did not pass and that Master is to decide on."""

from __future__ import annotations

from bot.callbacks import ProbationTap, Stays
from bot.cards.card import Button, Card
from pipeline.model.probation import Probation, ProbationState
from pipeline.model.release import Release
from pipeline.model.run import RunView
from pipeline.model.states import RunState
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.probation import decided, sentences
from pipeline.wording.words import KIND, PROBATION_SIGN, RUN_SIGN, clock, named, short


def probation_card(probation: Probation, view: RunView, before: Release | None) -> Card:
    """`before` is the release that served before the run."""
    run = view.run
    what = code(short(run.sha)) if run.sha else f"Release {probation.release_id}"
    return Card(
        text=joined(
            f"{_head(probation)} · {line(view.project, 63)}",
            f"{what} · {KIND[run.kind].lower()}, run {run.id}"
            f" · in production since {clock(probation.began_at)}",
            GAP,
            *sentences(probation),
            GAP,
            *(_question(probation, before) if probation.asks else [decided(probation)]),
        ),
        rows=_buttons(probation, before) if probation.asks else (),
    )


def _head(probation: Probation) -> str:
    if probation.critical:
        sign = RUN_SIGN[RunState.BROKEN] if probation.asks else PROBATION_SIGN[probation.state]
        return f"{sign} <b>{'CRITICAL: the' if probation.asks else 'The'} release failed its probation</b>"
    if probation.state is ProbationState.FAILED:
        return f"{PROBATION_SIGN[probation.state]} <b>The release failed its probation</b>"
    return f"{PROBATION_SIGN[probation.state]} <b>Probation not conclusive</b>"


def _question(probation: Probation, before: Release | None) -> list[str]:
    why = f"It does not go back by itself. {line(probation.why_ask, 400)}" if probation.why_ask else ""
    not_clear = "" if probation.critical else "That is not clear enough for a way back by itself."
    if before is None:
        return [why or not_clear, "Nothing served before it: mend it and /deploy, or keep it."]
    return [
        why or not_clear,
        f"Production: this release stays in place{_so_far(probation)}. Before it was {code(named(before))}."
        " Revert asks for the rollback to it, whose plan comes for your approval."
        " Silence keeps the release.",
    ]


def _so_far(probation: Probation) -> str:
    return ", and it is not well" if probation.critical else " and serves"


def _buttons(probation: Probation, before: Release | None) -> tuple[tuple[Button, ...], ...]:
    keep = ProbationTap(answer=Stays.KEEP, probation=probation.id).pack()
    revert = ProbationTap(answer=Stays.REVERT, probation=probation.id).pack()
    back = (Button(text="Revert", data=revert, style="danger"),) if before else ()
    return ((Button(text="Keep", data=keep), *back),)
