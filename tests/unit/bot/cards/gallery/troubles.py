"""What is told of the bot's own troubles."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import sentry, trouble
from pipeline.store.chat import OtherBot
from tests.unit.bot.cards.gallery.example import of
from tests.unit.bot.cards.test_trouble import TROUBLE
from tests.unit.bot.samples import START, after

PROJECT = "server-agent-vnext"

TROUBLES = {
    "journal away": of(sentry.journal_away),
    "journal back": of(sentry.journal_back, 192.0),
    "another bot": of(trouble.conflict_card, [OtherBot(name="old-server 7", since=START)]),
    "another process": of(trouble.conflict_card, []),
    "copies fail": of(trouble.copies_card, TROUBLE, PROJECT),
    "copies go again": of(trouble.copies_card, replace(TROUBLE, over_at=after(7200)), PROJECT),
    "a backup is damaged": of(
        trouble.copies_card,
        replace(TROUBLE, of_file=True, problem="It cannot be read: the disk says EIO."),
        PROJECT,
    ),
    "a message was set aside": of(trouble.mishap, 7, "ValueError: no such branch"),
    "a tap came too late": of(trouble.tap_too_old),
    "a file was not sent": of(
        trouble.undelivered, "run-12.log", "Telegram refused it", "The whole log lies on the server."
    ),
}
