"""The way back that a probation asks for by itself passes the gate without Master."""

from __future__ import annotations

from pipeline.model.plan import Plan
from pipeline.model.probation import Probation
from pipeline.model.release import Release
from pipeline.model.states import RunKind, Source
from pipeline.stages.journey import Journey


async def waived(journey: Journey, plan: Plan) -> bool:
    """Whether the plan needs no answer: it is that of the run which a failed probation asked for."""
    if journey.run.source is not Source.PROBATION:
        return False
    probation = await journey.parts.store.probations.that_asked(journey.run.id)
    return probation is not None and fits(plan, probation, journey.live, await journey.goal())


def fits(plan: Plan, probation: Probation, live: Release | None, goal: Release) -> bool:
    """Whether it is only the code that goes back, from the release that failed to the one that served before
    it. Anything else is for Master to say."""
    return (
        plan.kind is RunKind.ROLLBACK
        and live is not None
        and live.id == probation.release_id
        and goal.id == probation.previous_release_id
        and _data_stays(plan)
    )


def _data_stays(plan: Plan) -> bool:
    """The schema is as the release of before knows it, or each release since declares its migrations
    harmless: that is what a sentence on the schema without a command says."""
    if plan.migration is not None or plan.live is None:
        return False
    return plan.schema is not None or plan.live.schema_revision == plan.goal.schema_revision
