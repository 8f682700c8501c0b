"""A rollback of this program itself on the command line: whoever would act beside it is stopped first.

Those are the worker, which holds the executor's lock, the bot, and the one-off containers of a hand-over that
is under way; the guard of one would otherwise start the other again.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from pipeline.cancelling import pass_on_cancellation
from pipeline.containers.engine import Container, EngineRefused, EngineUnreachable
from pipeline.engine.local_one_offs import made_by_runs
from pipeline.model.errors import PipelineError
from pipeline.model.hand_over import ONE_OFFS
from pipeline.model.release import Release
from pipeline.stages.journey import Hands
from pipeline.stages.live import containers
from pipeline.store.connect import Address, JournalUnreachable
from pipeline.store.schema import standing
from pipeline.version import host_named, own_host

WARNING = (
    "Bot and worker are stopped for it, and a hand-over that is under way. Runs of other projects that the"
    " worker carries out are cut, and go on once it is back."
)
_ROUNDS = 5

log = structlog.get_logger()


@dataclass
class Pair:
    """What was stopped, by id. `begun` is set once the rollback stands on disk: from then on it is that one
    which says what runs."""

    stopped: list[str] = field(default_factory=list)
    begun: bool = False


@contextlib.asynccontextmanager
async def stopped_pair(hands: Hands, tell: Callable[[str], object]) -> AsyncIterator[Pair]:
    """What ends before it has begun starts them again. Raises PipelineError where they do not stay stopped,
    or where this runs inside one of them."""
    pair = Pair()
    try:
        await _stop(hands, pair, tell)
        yield pair
    except BaseException:
        if not pair.begun:
            await _start_again(hands, pair)
        raise


async def _stop(hands: Hands, pair: Pair, tell: Callable[[str], object]) -> None:
    for _ in range(_ROUNDS):
        services = [c for c in await containers(hands) if c.running]
        refuse_inside(services)
        running = [*services, *await _handing_over(hands)]
        if not running:
            return
        tell(f"stopping {', '.join(sorted(c.name for c in running))}")
        pair.stopped += [c.id for c in running if c.id not in pair.stopped]
        await asyncio.gather(*(hands.engine.stop(c.id) for c in running))
    raise PipelineError(
        f"{', '.join(c.name for c in running)} is started again each time it is stopped.",
        production="Bot and worker are started again as they were.",
        advice="See what starts it (docker events), end that, then run the command again.",
    )


async def _handing_over(hands: Hands) -> Sequence[Container]:
    return await made_by_runs(hands, "|".join(map(re.escape, ONE_OFFS)))


async def _start_again(hands: Hands, pair: Pair) -> None:
    for container in pair.stopped:
        try:
            await hands.engine.start(container)
        except (EngineUnreachable, EngineRefused) as error:
            pass_on_cancellation()
            log.warning("not_started_again", container=container[:12], problem=error.what)


def refuse_inside(services: Sequence[Container]) -> None:
    """Raises PipelineError where this process runs in a container that has to be stopped."""
    here = next((c for c in services if c.hostname and host_named(c.hostname) == own_host()), None)
    if here is None:
        return
    raise PipelineError(
        f"This runs in {here.name}, which has to be stopped for it.",
        advice="Run it in a container of its own: docker compose -f docker-compose-vnext.yml run --rm"
        " --no-deps worker python -m pipeline rollback --project controller --local",
    )


async def shared_schema(address: Address, goal: Release) -> str:
    """What the journal's schema means for the code of `goal`, in a sentence. Raises PipelineError where that
    code would refuse it."""
    try:
        journal = await standing(address)
    except JournalUnreachable:
        return (
            "PostgreSQL does not answer, so it is not known whether that release works with the journal's"
            " schema. One that does not says so in its log, and does not start."
        )
    code = goal.schema_revision
    if code is None or not code.isdecimal():
        return f"The journal's schema is at {journal.at}; it is not known which one that release knows."
    if journal.shared_with(int(code)):
        return f"The journal's schema is at {journal.at}; that release knows {code}, and works with it."
    raise PipelineError(
        f"{goal.short_sha} cannot work with the journal: it knows the schema {code}, and the journal's is at"
        f" {journal.at}.",
        advice="Take the schema down with the newer version, then run this command again: docker compose -f"
        " docker-compose-vnext.yml stop bot worker; docker compose -f docker-compose-vnext.yml run --rm"
        f" --no-deps worker python -m pipeline migrate --to {code}. Or name a newer release.",
    )
