"""The two one-off containers of a hand-over: made through compose, found again by name, started, removed."""

from __future__ import annotations

import contextlib

from pipeline.containers.compose import pin_one_off
from pipeline.containers.container import ASKED_LABEL, Container
from pipeline.containers.engine import PROJECT_LABEL, RUN_LABEL, EngineRefused
from pipeline.containers.restarts import always_restarted
from pipeline.model.errors import PipelineError
from pipeline.model.hand_over import ONE_OFFS, Alive, Carrier, HandOver
from pipeline.model.release import RunId
from pipeline.process import run as run_command
from pipeline.process import scratch
from pipeline.stages.journey import Hands
from pipeline.stages.switch import IN_BETWEEN

_CREATE_SECONDS = 120.0


def name_of(hands: Hands, run: RunId, carrier: Carrier) -> str:
    return f"{hands.compose.project}-run-{run}-{carrier}"


def argv_of(run: RunId, carrier: Carrier) -> list[str]:
    """What the container runs."""
    guard = ["--guard"] if carrier is Carrier.GUARD else []
    return ["python", "-m", "pipeline", "hand-over", str(run), *guard]


async def look(hands: Hands, run: RunId) -> Alive:
    """Raises EngineUnreachable."""
    found = {carrier: await hands.engine.container(name_of(hands, run, carrier)) for carrier in ONE_OFFS}
    those = frozenset(carrier for carrier, container in found.items() if container and _lives(container))
    hand_over = found[Carrier.HAND_OVER]
    return Alive(those=those, restarts=hand_over.restarts if hand_over else 0)


def _lives(container: Container) -> bool:
    """Also where Docker is about to start it again."""
    return container.running or (container.exit_code is None and container.started_at is not None)


async def bring_up(hands: Hands, row: HandOver, carrier: Carrier) -> None:
    """Sees to it that the container is there and runs. Raises PipelineError."""
    engine, name = hands.engine, name_of(hands, row.run, carrier)
    found = await engine.container(name)
    if found is not None and found.asked != row.asked:
        await engine.remove(name)  # left by a run of the same number in another journal
        found = None
    if found is None:
        await _create(hands, row, carrier)
    elif not _lives(found):
        with contextlib.suppress(EngineRefused):  # somebody else was faster, or it is on its way out
            await engine.start(name)
    await always_restarted(engine, name)


async def _create(hands: Hands, row: HandOver, carrier: Carrier) -> None:
    one, name = row.one_offs[carrier], name_of(hands, row.run, carrier)
    labels = {RUN_LABEL: str(row.run), PROJECT_LABEL: hands.compose.project, ASKED_LABEL: row.asked}
    with scratch() as folder:
        override = folder / "one-off.json"
        override.write_text(pin_one_off(one.service, one.image))
        try:
            await run_command(
                hands.compose.one_off(
                    [row.compose_file(carrier), override],
                    one.service,
                    name,
                    argv_of(row.run, carrier),
                    labels,
                ),
                timeout=_CREATE_SECONDS,
                redact=hands.redact,
                check=True,
                production=IN_BETWEEN,
            )
        except PipelineError:
            found = await hands.engine.container(name)
            if found is None or not _lives(found):  # else another keeper was faster
                raise


async def last_words(hands: Hands, run: RunId, carrier: Carrier, lines: int) -> list[str]:
    """The last lines of its output, without secrets; none where it is gone."""
    try:
        found = await hands.engine.logs(name_of(hands, run, carrier), tail=lines)
    except EngineRefused:
        return []
    return [hands.redact(line) for line in found]


async def remove(hands: Hands, run: RunId, *, last: Carrier | None = None) -> None:
    """Removes both, `last` at last: that is who asks, and its process ends with it."""
    for carrier in sorted(ONE_OFFS, key=lambda one: one is last):
        await hands.engine.remove(name_of(hands, run, carrier))
