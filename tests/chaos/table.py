"""What people read at the end: fault by stage, and what did not hold."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model.states import StageName
from tests.chaos.outcome import Outcome

HELD, FAILED, UNTRIED = "+", "X", "."


def line(outcome: Outcome) -> str:
    mark = "held  " if outcome.held else "FAILED"
    found = "".join(f"\n           {sentence}" for sentence in outcome.sentences)
    return f"{mark} {outcome.cell.name} {outcome.state} ({outcome.seconds:.0f} s){found}"


def table(outcomes: Sequence[Outcome]) -> str:
    """`+` held, `X` did not, `.` not tried; two marks where a fault strikes a stage at two points."""
    blocks = []
    for road in dict.fromkeys(outcome.cell.road for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.cell.road == road]
        tried = {outcome.cell.stage for outcome in mine}
        stages = [stage for stage in StageName if stage in tried]
        faults = list(dict.fromkeys(outcome.cell.fault for outcome in mine))
        width = max(len(word) for word in (road, *faults))
        rows = [f"{road:{width}}  {'  '.join(stages)}"]
        for fault in faults:
            marks = [_mark(mine, fault, stage).center(len(stage)) for stage in stages]
            rows.append(f"{fault:{width}}  {'  '.join(marks)}".rstrip())
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks)


def _mark(outcomes: Sequence[Outcome], fault: str, stage: str) -> str:
    found = [o for o in outcomes if (o.cell.fault, o.cell.stage) == (fault, stage)]
    return "".join(HELD if outcome.held else FAILED for outcome in found) or UNTRIED


def failures(outcomes: Sequence[Outcome]) -> str:
    lines = []
    for outcome in outcomes:
        if not outcome.held:
            lines += ["", f"{outcome.cell.name} did not hold:"]
            lines += [f"  {sentence}" for sentence in outcome.sentences]
            if outcome.logs:
                lines.append(f"  Logs: {outcome.logs}")
    return "\n".join(lines)


def total(outcomes: Sequence[Outcome]) -> str:
    return f"chaos: {len(outcomes)} cells, {sum(outcome.held for outcome in outcomes)} held"
