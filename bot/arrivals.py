"""What the poller tells the handling: that there may be new updates, and the one that it may begin with."""

from __future__ import annotations

import asyncio

from pipeline.store.chat import StoredUpdate


class Arrivals:
    """Between one poller and one handling. While that waits, a new update that was stored is handed over,
    which spares it a way to the journal and back."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._awaited = False
        self._first: StoredUpdate | None = None

    @property
    def awaited(self) -> bool:
        """Nothing is open: a new update is the next one."""
        return self._awaited

    def tell(self, first: StoredUpdate | None = None) -> None:
        """`first` is in the journal, new and untried; only while `awaited`."""
        self._first = first
        self._awaited = False
        self._event.set()

    async def wait(self) -> StoredUpdate | None:
        """Returns when something was told since it was asked last."""
        self._awaited = not self._event.is_set()
        try:
            await self._event.wait()
        finally:
            self._awaited = False
        self._event.clear()
        first, self._first = self._first, None
        return first
