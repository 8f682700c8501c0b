"""Of two runs that let compose make the same network, one goes first."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pipeline.containers.networks import missing
from pipeline.stages.journey import Hands
from pipeline.stages.resolved import read


@contextlib.asynccontextmanager
async def one_first(hands: Hands, compose_file: Path) -> AsyncIterator[None]:
    """Around a command of compose that may make the networks of a file. Where one is not there, no other run
    has compose make networks meanwhile: Docker gives two of one name to two who ask for it at once, and
    starts no container in either of them. Raises ConfigurationError, EngineUnreachable.
    """
    names = (await read(hands, compose_file)).networks
    if not await missing(hands.engine, names):
        yield
        return
    async with hands.first:
        yield
