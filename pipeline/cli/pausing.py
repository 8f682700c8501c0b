"""`vnext pause` and `vnext resume`: what comes by itself rests, or goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from pipeline.cli.journal import journal
from pipeline.cli.operator import operator
from pipeline.settings import WorkerSettings
from pipeline.wording.markup import clean, cut, plain
from pipeline.wording.pause import KEPT, MEANS, NOT_PAUSED, REASON_LIMIT, paused, resumed


async def pause(settings: WorkerSettings, reason: str, *, as_json: bool) -> None:
    why = cut(clean(reason), REASON_LIMIT) or None
    async with journal(settings) as (store, project):
        begun = await store.pauses.begin(project.id, operator(), why)
        current = begun or await store.pauses.current(project.id)
    if current is None:
        _say({"paused": False}, NOT_PAUSED, as_json=as_json)
        return
    kept = begun is None and why is not None and why != current.reason
    said = {"paused": True, "since": current.began_at.isoformat(), "by": current.began_by}
    text = f"{paused(current, datetime.now(UTC))}\n{KEPT if kept else MEANS}"
    _say({**said, "reason": current.reason}, text, as_json=as_json)


async def resume(settings: WorkerSettings, *, as_json: bool) -> None:
    async with journal(settings) as (store, project):
        ended = await store.pauses.end(project.id, operator())
    said = {"paused": False, "was_paused_since": ended.began_at.isoformat() if ended else None}
    _say(said, resumed(ended) if ended else NOT_PAUSED, as_json=as_json)


def _say(document: Mapping[str, object], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(document, ensure_ascii=False) if as_json else plain(text))
