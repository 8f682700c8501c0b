"""The journal's schema in a hand-over: whose code it fits, before it goes up and before the way back."""

from __future__ import annotations

import structlog

from pipeline.containers.compose import pin_one_off
from pipeline.containers.container import ASKED_LABEL
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL
from pipeline.model.errors import PipelineError
from pipeline.model.hand_over import Carrier, HandOver
from pipeline.process import run as run_command
from pipeline.process import scratch
from pipeline.stages import switch
from pipeline.stages.journey import Hands
from pipeline.store.migration import newest
from pipeline.store.schema import standing

_SECONDS = 600.0
_LOG_LINES = 30

log = structlog.get_logger()


async def room_for_it(hands: Hands, row: HandOver) -> tuple[str, ...]:
    """Stops bot and worker where their code cannot work with what the journal becomes once it is opened here;
    the services that were stopped."""
    if (await standing(hands.settings.journal)).will_be_shared_with(row.code_before):
        return ()
    log.warning("stopped_before_migrating", run=row.run, code=row.code_before)
    return tuple(await switch.stop(hands, lambda _: None))


async def as_before(hands: Hands, row: HandOver) -> None:
    """Where the schema moved to what this code cannot work with, the newer release takes it down; whatever
    runs of it is stopped before. Raises PipelineError."""
    if (await standing(hands.settings.journal)).shared_with(newest()):
        return
    log.warning("schema_goes_down", run=row.run, code=newest())
    await switch.stop(hands, lambda _: None)
    one, name = row.one_offs[Carrier.WORKER], f"{hands.compose.project}-run-{row.run}-down"
    await hands.engine.remove(name)
    labels = {RUN_LABEL: str(row.run), PROJECT_LABEL: hands.compose.project, ASKED_LABEL: row.asked}
    argv = ["python", "-m", "pipeline", "migrate", "--to", str(newest())]
    with scratch() as folder:
        override = folder / "one-off.json"
        override.write_text(pin_one_off(one.service, one.image))
        try:
            await run_command(
                hands.compose.answer(
                    [row.compose_file(Carrier.WORKER), override], one.service, name, argv, labels
                ),
                timeout=_SECONDS,
                redact=hands.redact,
                check=True,
                production=switch.IN_BETWEEN,
            )
        except PipelineError as error:
            raise PipelineError(
                f"The journal's schema could not be taken down for the version from before: {error.what}",
                production=switch.IN_BETWEEN,
                advice="See docs/self-update.md, What to do if all fails.",
            ) from error
