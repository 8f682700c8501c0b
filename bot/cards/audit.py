"""A page of the audit log."""

from __future__ import annotations

from bot.callbacks import AuditTap, Turn
from bot.cards.card import Card
from bot.cards.paging import turn_row
from bot.paging import Page
from pipeline.model.audit import AuditLine
from pipeline.model.moment import zone_at
from pipeline.model.states import StageState
from pipeline.wording.audit import audit_line
from pipeline.wording.markup import GAP, joined
from pipeline.wording.words import STAGE_SIGN


def audit_card(page: Page[AuditLine]) -> Card:
    if not page.items:
        return Card(text=f"{STAGE_SIGN[StageState.SKIPPED]} The audit log holds nothing yet.")
    newer = AuditTap(turn=Turn.NEWER, line=page.items[0].id) if page.newer else None
    older = AuditTap(turn=Turn.OLDER, line=page.items[-1].id) if page.older else None
    return Card(
        text=joined(
            f"<b>Audit log</b>, times in {zone_at(page.items[0].at)}",
            GAP,
            *(audit_line(entry) for entry in page.items),
        ),
        rows=turn_row(newer, older),
    )
