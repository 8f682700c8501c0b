"""The body of GET /stats. Pure."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from bot.gathering import Counted, Told
from pipeline.figures import as_json
from pipeline.model.snapshot import Serving
from pipeline.version import UNKNOWN, own_version, revision


def stats(told: Told) -> tuple[int, dict[str, Any]]:
    """HTTP status and body: without the journal there is little to tell."""
    body: dict[str, Any] = {
        "version": own_version(),
        "revision": revision() or UNKNOWN,
        "uptime_seconds": round(told.uptime, 1),
        "telegram": told.health.telegram.as_json(),
        "scheduler": told.health.looks.as_json(),
    }
    if not told.counted:
        return 503, {**body, "problem": told.problem or "not connected yet"}
    first, *others = [_journal(each, told.at) for each in told.counted]
    return 200, body | first | ({"projects": [first, *others]} if others else {})


def _journal(counted: Counted, now: datetime) -> dict[str, Any]:
    found = counted.snapshot
    runs: dict[str, dict[str, int]] = defaultdict(dict)
    for (kind, state), count in sorted(found.runs.items()):
        runs[kind][state] = count
    waiting, backups, seen = found.waiting, found.backups, found.seen
    body: dict[str, Any] = {
        "project": found.project,
        "live": _serving(found.live),
        "previous": _serving(found.previous),
        "runs": dict(runs),
        "queue": {
            "updates": waiting.updates,
            "oldest_update_seconds": _age(waiting.updates_since, now),
            "approvals": waiting.approvals,
            "questions": waiting.questions,
            "pushes": waiting.pushes,
        },
        "outbox": {"cards": waiting.cards, "oldest_seconds": _age(waiting.cards_since, now)},
        "alerts": {str(severity): count for severity, count in sorted(found.alerts.items())},
        "backups": {
            "kept": backups.count,
            "bytes": backups.bytes,
            "quarantined": backups.quarantined,
            "without_copy": backups.uncopied,
            "newest_bytes": backups.newest_bytes,
            "newest_age_seconds": _age(backups.newest_at, now),
            "proven_age_seconds": _age(backups.proven_at, now),
        },
        "worker": {"silent_seconds": _age(seen.at if seen else None, now)},
        "paused_since": found.paused_since.isoformat() if found.paused_since else None,
        "dora": as_json(counted.figures),
    }
    if seen is not None and seen.tokens is not None:
        body["token_budget"] = {"used": seen.tokens.used, "limit": seen.tokens.limit}
    return body


def _serving(release: Serving | None) -> dict[str, Any] | None:
    if release is None:
        return None
    since = release.since.isoformat() if release.since else None
    return {"release": release.release, "sha": release.sha, "branch": release.branch, "since": since}


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 1)
