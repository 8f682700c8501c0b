"""Logging of both processes: one JSON object a line on standard error, secrets taken out."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable

import structlog
from structlog.typing import EventDict, WrappedLogger

from pipeline.redact import redactor, secrets_of


class Redacting(logging.Formatter):
    """For what libraries log."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__("%(name)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def configure() -> None:
    """Once at the start of a process, before anything is logged."""
    redact = redactor(secrets_of(os.environ))

    def render(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
        return redact(json.dumps(event, default=str, ensure_ascii=False))

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(redact))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
