"""What a probation says: beside a result, in the status, on its own card. HTML, pure."""

from __future__ import annotations

from pipeline.model.probation import BY, Decision, Probation, ProbationState, WayOut
from pipeline.wording.markup import line
from pipeline.wording.words import PROBATION_SIGN, clock

_SENTENCE = 300
_MOST = 6


def is_over(probation: Probation) -> bool:
    """Whether nothing of it will change any more."""
    if probation.state is ProbationState.WATCHING:
        return False
    return probation.way is None or probation.decision is not None


def on_result(probation: Probation) -> list[str]:
    """Lines below the result of the run that it follows."""
    sign = PROBATION_SIGN[probation.state]
    match probation.state:
        case ProbationState.WATCHING:
            return [f"{sign} On probation until {clock(probation.until_at)}."]
        case ProbationState.PASSED:
            at = f" at {clock(probation.ended_at)}" if probation.ended_at else ""
            return [f"{sign} It passed its probation{at}.", *_notes(probation)]
        case ProbationState.SUPERSEDED:
            return [f"{sign} Its probation ended early: {_first(probation)}"]
        case ProbationState.INCONCLUSIVE:
            return [
                f"{sign} Its probation is not conclusive: {_first(probation)}",
                _then(probation),
            ]
        case ProbationState.FAILED:
            return [
                f"{sign} <b>It failed its probation:</b> {_first(probation)}",
                _then(probation),
            ]


def why_it_went_back(probation: Probation) -> list[str]:
    """On the result of the run that it asked for by itself."""
    sign = PROBATION_SIGN[ProbationState.FAILED]
    return [
        f"{sign} The release of run {probation.run_id} failed its probation:"
        f" {_first(probation)} So it was taken back by itself, approved by {BY}."
    ]


def in_status(probation: Probation) -> str:
    sign, run = PROBATION_SIGN[probation.state], probation.run_id
    if probation.state is ProbationState.WATCHING:
        return f"{sign} On probation until {clock(probation.until_at)} (run {run})"
    how = "failed" if probation.state is ProbationState.FAILED else "is not conclusive"
    wants = (
        "it is being taken back" if probation.way is WayOut.REVERT else "its card asks if the release stays"
    )
    return f"{sign} <b>The probation of run {run} {how}</b>; {wants}: {_first(probation)}"


def sentences(probation: Probation) -> list[str]:
    """The evidence, then what is to be told with it."""
    shown = [line(sentence, _SENTENCE) for sentence in probation.evidence[:_MOST]]
    more = len(probation.evidence) - len(shown)
    return [
        *(f"• {sentence}" for sentence in shown),
        *([f"… and {more} more"] if more > 0 else []),
        *_notes(probation),
    ]


def decided(probation: Probation) -> str:
    """What came of one that asked."""
    at = f" at {clock(probation.decided_at)}" if probation.decided_at else ""
    who = line(probation.decided_by or "unknown", 80)
    match probation.decision:
        case Decision.KEEP:
            return f"{who} keeps the release{at}."
        case Decision.REVERT:
            return f"{who} asked for the rollback{at}: run {probation.revert_run_id}."
        case Decision.SILENCE:
            return f"Nobody answered for a day{at}, so the release stays. /rollback is there at any time."
        case Decision.OVERTAKEN:
            return f"It is not asked any more: something else was put into production{at}."
        case None:
            return "Nothing is decided yet."


def _then(probation: Probation) -> str:
    if probation.way is WayOut.REVERT and probation.decision is None:
        run = f", run {probation.revert_run_id}" if probation.revert_run_id else ""
        return f"The release from before is being brought back by itself{run}."
    if probation.decision is Decision.REVERT and probation.decided_by == BY:
        return f"Run {probation.revert_run_id} brought the release from before back."
    return decided(probation) if probation.decision else "A card of its own asks if the release stays."


def _first(probation: Probation) -> str:
    return line(probation.evidence[0] if probation.evidence else "not told why.", _SENTENCE)


def _notes(probation: Probation) -> list[str]:
    return [f"Note: {line(note, _SENTENCE)}" for note in probation.notes[:_MOST]]
