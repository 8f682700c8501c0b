"""Probes of what serves: HTTP, TCP, TLS, and the host itself. None of them raises for what it finds."""

from pipeline.probe.host import Resources, measure, memory_available
from pipeline.probe.http import Answer, Unreachable, get_json
from pipeline.probe.tcp import Connected, connect
from pipeline.probe.tls import Certificate, certificate

__all__ = [
    "Answer",
    "Certificate",
    "Connected",
    "Resources",
    "Unreachable",
    "certificate",
    "connect",
    "get_json",
    "measure",
    "memory_available",
]
