"""Whether something accepts connections."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from pipeline.probe.http import Unreachable


@dataclass(frozen=True)
class Connected:
    """A connection was accepted, after this long."""

    milliseconds: int


async def connect(host: str, port: int, *, timeout: float) -> Connected | Unreachable:
    """Open one TCP connection and close it again, within `timeout` seconds."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Unreachable(f"no connection within {timeout:g} s")
    except (OSError, OverflowError) as error:  # OverflowError: a port beyond 65535
        return Unreachable(f"connection failed ({error})")
    milliseconds = round((time.monotonic() - started) * 1000)
    writer.close()
    with suppress(OSError):  # reset by the other side: it had accepted, which was the question
        await writer.wait_closed()
    return Connected(milliseconds)
