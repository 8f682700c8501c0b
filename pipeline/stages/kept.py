"""Releases as they lie on disk, for a way back without the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.atomic import write_whole
from pipeline.model.errors import PipelineError
from pipeline.model.moment import day
from pipeline.model.release import ProjectId, Release, ReleaseId

FACTS = "release.json"
NO_ID = ReleaseId(0)
"""Of a release whose number in the journal is not known here."""

_SHORTEST = 7
_LISTED = 8
_NEVER = datetime.min.replace(tzinfo=UTC)


class NoSuchRelease(PipelineError):
    """What was asked for cannot be found among the kept releases."""

    def __init__(self, what: str, kept: Sequence[Release]) -> None:
        listed = "; ".join(named(release) for release in newest_first(kept)[:_LISTED])
        advice = (
            f"Kept here are: {listed}." if listed else "No release is kept here: see that STATE_DIR is right."
        )
        super().__init__(what, advice=advice)


def named(release: Release) -> str:
    """Commit, number and time by which a person knows a release."""
    parts = [f"release {release.id}"] if release.id else []
    if release.live_since:
        parts.append(f"went live {day(release.live_since)}")
    return f"{release.short_sha} ({', '.join(parts) or 'never recorded as live'})"


def keep(release: Release) -> None:
    """The release's facts beside its compose file, whole or not at all. Raises OSError."""
    words = {
        "id": release.id or None,
        "sha": release.sha,
        "branch": release.branch,
        "images": release.images,
        "image_tag": release.image_tag,
        "compose_hash": release.compose_hash,
        "schema_revision": release.schema_revision,
        "created_at": release.created_at.isoformat(),
        "live_since": release.live_since.isoformat() if release.live_since else None,
    }
    path = release.kept_compose_file.with_name(FACTS)
    text = json.dumps(words, indent=2) + "\n"
    if path.is_file() and path.read_text() == text:
        return
    write_whole(path, text)


def kept(directory: Path) -> list[Release]:
    """Every release below the folder that has its facts and its compose file; others are left out."""
    found = []
    for path in sorted(directory.glob(f"*/{FACTS}")):
        compose_file = path.with_name("compose.yml")
        if compose_file.is_file() and (release := _read(path, compose_file)):
            found.append(release)
    return found


def with_images(releases: Sequence[Release], images: Mapping[str, str]) -> Release | None:
    """The one of exactly these images that went live last."""
    fitting = [release for release in releases if release.images == images]
    return newest_first(fitting)[0] if fitting else None


def previous(
    releases: Sequence[Release], serving: Mapping[str, str], tagged: Mapping[str, str], *, running: bool
) -> Release | None:
    """The one to go back to: that of the images tagged `:rollback`; where they say nothing, because they are
    those in place (a deploy that was cut before its switch, or one that changed the compose file alone), the
    one that went live last before what is in place."""
    if tagged != serving or not running:
        release = with_images(releases, tagged)
        if release:
            return release
    now = with_images(releases, serving)
    lived = [r for r in newest_first(releases) if r.live_since and r != now]
    return lived[0] if lived else None


def newest_first(releases: Sequence[Release]) -> list[Release]:
    return sorted(releases, key=lambda r: (r.live_since or _NEVER, r.created_at), reverse=True)


def wanted(releases: Sequence[Release], target: str) -> Release:
    """By the release's number or the first seven or more digits of its commit. Raises NoSuchRelease."""
    if target.isdecimal() and (found := [r for r in releases if r.id and str(r.id) == target]):
        return found[0]
    digits = target.lower()
    fitting = [r for r in releases if len(digits) >= _SHORTEST and r.sha and r.sha.startswith(digits)]
    if len({release.sha for release in fitting}) > 1:
        raise NoSuchRelease(f"{target[:40]!r} fits more than one commit.", fitting)
    if not fitting:
        raise NoSuchRelease(
            f"No kept release has the number, or a commit that begins with, {target[:40]!r}.", releases
        )
    return newest_first(fitting)[0]


def _read(path: Path, compose_file: Path) -> Release | None:
    """None where the facts cannot be read. Those of older versions tell less."""
    try:
        words: dict[str, Any] = json.loads(path.read_text())
        return Release(
            id=ReleaseId(int(words.get("id") or NO_ID)),
            project_id=ProjectId(0),
            run_id=None,
            sha=words["sha"],
            branch=words["branch"],
            images=dict(words["images"]),
            compose_file=str(compose_file),
            compose_hash=words.get("compose_hash") or "",
            schema_revision=words.get("schema_revision"),
            backup_id=None,
            created_at=_time(words.get("created_at")) or datetime.fromtimestamp(path.stat().st_mtime, UTC),
            live_since=_time(words.get("live_since")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
