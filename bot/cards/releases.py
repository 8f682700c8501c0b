"""The kept releases, and a button for each that can come back."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import ReleasesTap, ReleaseTap
from bot.cards.card import Button, Card
from bot.cards.pages import turning
from bot.paging import nth
from pipeline.model.release import Kept, Release
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.words import age, day, named

_A_PAGE = 5


def releases_card(project: str, kept: Kept, now: datetime, number: int = 0) -> Card:
    """Page `number`, from 0. The live release comes first and has no button."""
    if not kept.all:
        return Card(text="No release was live yet. /deploy makes the first.")
    page = nth(kept.all, number, _A_PAGE)
    at = kept.all.index(page.items[0]) // _A_PAGE
    back = [release for release in page.items if release != kept.live]
    return Card(
        text=joined(
            f"<b>Kept releases</b> · {line(project, 63)}",
            GAP,
            *(_release(release, kept, now) for release in page.items),
            "\nA button asks for that rollback; production is touched only after you have approved its plan."
            if back
            else "\nThere is none to go back to yet.",
        ),
        rows=(
            *((_button(release),) for release in back),
            *turning(
                ReleasesTap(page=at - 1) if page.newer else None,
                ReleasesTap(page=at + 1) if page.older else None,
            ),
        ),
    )


def _release(release: Release, kept: Kept, now: datetime) -> str:
    place = "live" if release == kept.live else "previous" if release == kept.previous else ""
    head = [
        f"<b>{release.id}</b> {code(named(release))}",
        *([line(release.branch, 60)] if release.branch else []),
        *([f"<b>{place}</b>"] if place else []),
    ]
    since = release.live_since
    facts = [
        f"live since {day(since)} ({age(since, now)})" if since else "since when is not known",
        f"schema {line(release.schema_revision or 'not known', 40)}",
        f"backup {release.backup_id}" if release.backup_id else "no backup of its own",
    ]
    return f"{' · '.join(head)}\n     {' · '.join(facts)}"


def _button(release: Release) -> Button:
    return Button(
        text=f"Roll back to {release.id} ({named(release)})",
        data=ReleaseTap(release=release.id).pack(),
        style="danger",
    )
