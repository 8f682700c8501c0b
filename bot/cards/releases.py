"""The kept releases, and a button for each that can come back."""

from __future__ import annotations

from datetime import datetime

from bot.callbacks import Listed, PageTap, ReleaseTap
from bot.cards.card import Button, Card, labelled
from bot.cards.paging import page_of, turning
from pipeline.model.release import Kept, Release
from pipeline.model.states import StageState
from pipeline.wording.markup import GAP, code, joined, line
from pipeline.wording.words import STAGE_SIGN, aged, named

_A_PAGE = 5


def releases_card(project: str, kept: Kept, now: datetime, number: int = 0) -> Card:
    """Page `number`, from 0. The live release comes first and has no button."""
    if not kept.all:
        return Card(
            text=f"{STAGE_SIGN[StageState.SKIPPED]} No release was live yet. /deploy makes the first."
        )
    page = page_of(kept.all, number, _A_PAGE)
    live = kept.live.id if kept.live else 0
    back = [release for release in page.items if release != kept.live]
    return Card(
        text=joined(
            f"<b>Kept releases</b> · {line(project, 63)}{page.place}",
            GAP,
            *(_release(release, kept, now) for release in page.items),
            "\nA button asks for that rollback; production is touched only after you have approved its plan."
            if back
            else "\nThere is none to go back to yet.",
        ),
        rows=(
            *((_button(release, live),) for release in back),
            *turning(page, lambda to: PageTap(of=Listed.RELEASES, page=to)),
        ),
    )


def _release(release: Release, kept: Kept, now: datetime) -> str:
    place = "live" if release == kept.live else "previous" if release == kept.previous else ""
    head = [
        f"<b>{release.id}</b> {code(named(release))}",
        *([line(release.branch, 60)] if release.branch else []),
        *([f"<b>{place}</b>"] if place else []),
    ]
    since, word = release.live_since, "since" if release == kept.live else "from"
    facts = [
        f"live {word} {aged(since, now)}" if since else "since when is not known",
        f"schema {line(release.schema_revision or 'not known', 40)}",
        f"backup {release.backup_id}" if release.backup_id else "no backup of its own",
    ]
    return f"{' · '.join(head)}\n     {' · '.join(facts)}"


def _button(release: Release, live: int) -> Button:
    return Button(
        text=labelled(f"Roll back to {release.id} ({named(release)})"),
        data=ReleaseTap(release=release.id, live=live).pack(),
        style="danger",
    )
