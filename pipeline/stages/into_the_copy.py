"""How the checks ask a copy: nothing leads there but the containers that are in it, so by one of them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Any

from pipeline.model.checks import OwnCheck
from pipeline.probe import Answer, Connected, Unreachable, get_json
from pipeline.process import Command, CommandFailed, CommandTimedOut, listening, run, scratch
from pipeline.project.application import Application
from pipeline.smoke import Ran, Ways
from pipeline.smoke.of_a_copy import Door, but_for_the_outside, door, door_of
from pipeline.stages.inside import ways
from pipeline.stages.journey import Hands

_OUT = Unreachable("the address leads out of the copy")
_CLIENT_SECONDS = 5.0  # what the client has beyond the connection itself

_CONNECT = """if command -v bash >/dev/null; then exec bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$0" "$1"; fi
exec nc -w 3 "$0" "$1" </dev/null >/dev/null"""

_PIPE = """if command -v bash >/dev/null; then
exec bash -c 'exec 3<>"/dev/tcp/$0/$1" 4<&0 || exit 1
{ cat <&4 >&3; kill $$; } >/dev/null 2>&1 &
exec cat <&3' "$0" "$1"
fi
exec nc "$0" "$1" """


@contextlib.asynccontextmanager
async def ways_into(
    hands: Hands, app: Application, config: Mapping[str, Any], services: Collection[str], container: str
) -> AsyncIterator[Ways]:
    """`hands` are those of the copy, `config` is production's, `container` the one that connects."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(scratch())
        sockets: dict[Door, Path] = {}

        async def get(url: str, seconds: float) -> Answer | Unreachable:
            wanted = door_of(url, config, services)
            if wanted is None:
                return _OUT
            reached = await _connect(container, wanted, seconds)
            if isinstance(reached, Unreachable):
                return reached
            if wanted not in sockets:
                sockets[wanted] = folder / str(len(sockets))
                await stack.enter_async_context(
                    listening(sockets[wanted], _command(container, _PIPE, wanted))
                )
            answer = await get_json(url, timeout=seconds, through=sockets[wanted])
            return but_for_the_outside(answer) if isinstance(answer, Answer) else answer

        async def connect(host: str, port: int, seconds: float) -> Connected | Unreachable:
            wanted = door(host, port, config, services)
            return _OUT if wanted is None else await _connect(container, wanted, seconds)

        async def execute(check: OwnCheck) -> Ran:
            return await ways(hands, app).execute(check)

        yield Ways(get=get, connect=connect, execute=execute)


async def _connect(container: str, wanted: Door, seconds: float) -> Connected | Unreachable:
    began = time.monotonic()
    try:
        await run(_command(container, _CONNECT, wanted), timeout=seconds + _CLIENT_SECONDS, check=True)
    except CommandTimedOut:
        return Unreachable(f"no connection within {seconds:g} s")
    except CommandFailed:
        return Unreachable(f"{wanted.service} accepts no connection at port {wanted.port}")
    return Connected(round((time.monotonic() - began) * 1000))


def _command(container: str, script: str, wanted: Door) -> Command:
    words = ("sh", "-c", script, wanted.service, str(wanted.port))
    return Command(argv=("docker", "exec", "--interactive", "--", container, *words))
