"""What came of a restart, on the card of the alert that it was asked for on."""

from __future__ import annotations

from datetime import datetime

from bot.cards.restart import restart_said
from pipeline.model.inquiry import Inquiry, RestartWanted
from pipeline.store.store import Store


async def note_restart(store: Store, inquiry: Inquiry, wanted: RestartWanted, now: datetime) -> bool:
    """Whether that is all that is to be told: the message that asked is the alert's own card."""
    if wanted.alert is None:
        return False
    await store.alerts.note(wanted.alert, restart_said(inquiry, wanted), now)
    card = await store.cards.get("alert", wanted.alert, inquiry.chat)
    return card is not None and card.message_id == inquiry.message
