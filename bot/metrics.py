"""The body of GET /metrics, from what was gathered. Imported when somebody scrapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bot.families import families
from bot.gathering import Told


class _Gathered(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[Metric]:
        yield from self._found


def exposed(told: Told, accept: str) -> tuple[bytes, str]:
    """The text that an Accept header asks for, and its content type."""
    registry = CollectorRegistry()
    registry.register(_Gathered(families(told)))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
