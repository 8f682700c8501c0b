"""Why a hand-over goes back, with the last words of what was put in place: they go with its containers."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.cancelling import pass_on_cancellation
from pipeline.engine.ending import StageError
from pipeline.model.errors import PipelineError, StageFailed
from pipeline.model.hand_over import Carrier
from pipeline.model.release import RunId
from pipeline.model.run import Failure
from pipeline.model.states import StageName
from pipeline.stages import carriers
from pipeline.stages.journey import Hands
from pipeline.stages.live import containers
from pipeline.stages.switch import IN_BETWEEN

_LINES = 12
_ADVICE = "See the last lines; mend it, push, and deploy again."


async def failure_of(hands: Hands, failed: StageError, before: Mapping[str, str]) -> Failure:
    """`before` are the images of the release that comes back: what still runs those has nothing to tell."""
    error = failed.error
    said = hands.redact(error.log if isinstance(error, StageFailed) else "")
    if not said or failed.stage is not StageName.SMOKE:  # that of a proof has them already
        said = "\n".join(filter(None, (said, await words_of_services(hands, before))))
    return Failure(
        stage=failed.stage,
        what=hands.redact(error.what),
        production=IN_BETWEEN,
        advice=error.advice,
        log=said,
    )


async def given_up(hands: Hands, run: RunId, why: str, before: Mapping[str, str]) -> Failure:
    """The hand-over cannot go on by itself. Its container is still there, as far as it ever was."""
    name = carriers.name_of(hands, run, Carrier.HAND_OVER)
    words = [f"{name}: {line}" for line in await carriers.last_words(hands, run, Carrier.HAND_OVER, _LINES)]
    return Failure(
        stage=StageName.HAND_OVER,
        what=f"The container that replaces the controller, {name}, could not go on: {why}.",
        production=IN_BETWEEN,
        advice=_ADVICE,
        log="\n".join([*filter(None, [await words_of_services(hands, before)]), *words]),
    )


def error_of(failure: Failure) -> StageError:
    """The failure as the driver of the way back wants it."""
    return StageError(
        failure.stage or StageName.HAND_OVER,
        StageFailed(failure.what, production=failure.production, advice=failure.advice, log=failure.log),
    )


async def words_of_services(hands: Hands, before: Mapping[str, str]) -> str:
    """The newest lines of each container of the group that runs another image than `before`."""
    found: list[str] = []
    try:
        for container in await containers(hands):
            if container.service is None or before.get(container.service) == container.image:
                continue
            lines = await hands.engine.logs(container.id, tail=_LINES)
            found += [f"{container.service}: {hands.redact(line)}" for line in lines]
    except PipelineError as error:
        pass_on_cancellation()
        found.append(f"the last lines could not be read: {error.what}")
    return "\n".join(found)
