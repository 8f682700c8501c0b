"""The application's log lines."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.logs import logs_card, not_allowed, services_card
from pipeline.model.inquiry import LogsFound, LogsWanted, NotFound
from pipeline.model.states import RunKind, RunState
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_logs import inquiry, seen, service
from tests.unit.bot.samples import START, past_run

_FAILED = past_run(id=11, kind=RunKind.DEPLOY, state=RunState.FAILED)
_SEEN = seen(service("app"), service("queue", running=False), service("postgres"))
_WANTED = LogsWanted(service="app", lines=50)
_LINES = [
    "10:00:03 INFO  GET /health 200 in 4 ms",
    "10:00:09 INFO  turn 812 begins, 3 tools",
    "10:00:11 WARN  tool search did not answer within 2 s, tried again",
    "10:00:14 INFO  turn 812 done in 5.1 s, 1,204 tokens",
]
_AWAY = inquiry(None, wanted=_WANTED, taken_at=None)

SERVICE_LOGS = {
    "whose log": of(services_card, _SEEN, _FAILED, lines=50),
    "many services": of(
        services_card,
        seen(*(service(f"svc-{n:02}") for n in range(20))),
        None,
        lines=200,
        page=1,
        pictured=False,
    ),
    "no service is known": of(services_card, None, _FAILED, lines=50, pictured=False),
    "lines": of(
        logs_card,
        inquiry(LogsFound(lines=_LINES, older=True), wanted=replace(_WANTED, lines=4)),
        _SEEN,
        START,
    ),
    "more lines than fit": of(
        logs_card,
        inquiry(LogsFound(lines=["x" * 3300, *_LINES], older=True, left_out=True), wanted=_WANTED),
        _SEEN,
        START,
    ),
    "no lines": of(logs_card, inquiry(LogsFound(lines=[]), wanted=_WANTED), _SEEN, START),
    "an unknown service": of(
        logs_card,
        inquiry(
            NotFound(
                what="There is no service 'ap'.", advice="Choose one of these:", services=["app", "postgres"]
            ),
            wanted=replace(_WANTED, service="ap"),
        ),
        _SEEN,
        START,
    ),
    "the worker is away": of(logs_card, _AWAY, _SEEN, START),
    "the worker never was there": of(logs_card, _AWAY, None, START, pictured=False),
    "the worker took it and is silent": of(
        logs_card, replace(_AWAY, taken_at=START), _SEEN, START, pictured=False
    ),
    "too many lines": of(not_allowed, "9999"),
}
