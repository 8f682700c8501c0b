"""Probes of what serves: HTTP, TCP, and the host itself. None of them raises for what it finds."""

from pipeline.probe.host import Resources, measure, memory_available
from pipeline.probe.http import Answer, Unreachable, get_json
from pipeline.probe.tcp import Connected, connect

__all__ = [
    "Answer",
    "Connected",
    "Resources",
    "Unreachable",
    "connect",
    "get_json",
    "measure",
    "memory_available",
]
