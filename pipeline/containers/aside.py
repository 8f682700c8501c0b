"""Blocking calls beside the event loop, none of which can keep the process from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], *, late: Callable[[T], object] | None = None) -> T:
    """What `work` gives or raises, in a daemon thread of its own.

    Cancelling abandons it: the thread goes on by itself and its error is forgotten; what comes of it all
    the same goes to `late`. Threads of the loop's executor would be waited for at the end of the process,
    however long a call hangs.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()
    waiting = asyncio.wrap_future(outcome)
    threading.Thread(target=_carry_out, args=(work, outcome), name="aside", daemon=True).start()
    try:
        return await waiting
    except asyncio.CancelledError:
        if not waiting.cancelled():
            waiting.exception()
        if late is not None:
            _dispose(outcome, late)
        raise
    finally:
        del outcome, waiting  # with the error they are a cycle, and what the call has open would stay so


def _carry_out(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)
    finally:
        del work, outcome


def _dispose(outcome: Future[T], late: Callable[[T], object]) -> None:
    def finish(done: Future[T]) -> None:
        if done.exception() is None:
            late(done.result())

    outcome.add_done_callback(finish)
