"""What people are told of themselves, and where things are told."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.people import elsewhere_card, moved_card, refused_card, whoami_card
from bot.rights import Role
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_people import WHO

_OWNER = replace(WHO, name="Lin")

PEOPLE = {
    "an owner in the home chat": of(whoami_card, _OWNER),
    "a viewer alone": of(
        whoami_card,
        replace(_OWNER, role=Role.VIEWER, chat=1002, chat_type="private", topic=None, is_home=False),
    ),
    "not for viewers": of(refused_card, Role.VIEWER),
    "asked elsewhere": of(elsewhere_card),
    "the group moved": of(moved_card, -5, -1001234567890, keys=["TELEGRAM_CHAT_ID"]),
}
