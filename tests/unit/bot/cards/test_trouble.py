from __future__ import annotations

from bot.cards.trouble import conflict_card, other_pollers, tap_too_old
from pipeline.store.chat import OtherBot
from tests.unit.bot.samples import START


def test_another_bot_on_the_same_journal_is_named() -> None:
    others = [OtherBot(name="<old> host 7", since=START)]
    assert other_pollers(others) == [
        "the bot on <old> host (process 7), connected to this journal since 2026-03-09 10:00 UTC"
    ]
    assert conflict_card(others).text == (
        "⚠️ <b>CRITICAL: another process fetches my messages</b>\n"
        "Telegram gives each command and tap to one of us only, so some of yours may not arrive here.\n"
        "It is the bot on &lt;old&gt; host (process 7), connected to this journal since 2026-03-09 10:00 UTC."
        "\n"
        "Production and runs are not touched by this.\n"
        "End the other process, or give it a bot of its own."
    )


def test_one_that_does_not_use_the_journal() -> None:
    assert conflict_card([]).text == (
        "⚠️ <b>CRITICAL: another process fetches my messages</b>\n"
        "Telegram gives each command and tap to one of us only, so some of yours may not arrive here.\n"
        "It does not use this journal: look for a bot elsewhere (another server, a test, an old container)"
        " with the same TELEGRAM_API_TOKEN.\n"
        "Production and runs are not touched by this.\n"
        "End the other process, or give it a bot of its own."
    )


def test_a_tap_that_came_too_late() -> None:
    assert tap_too_old().text == (
        "⚠️ A button that you tapped while I was away reached me too late, and nothing was done.\n"
        "If it is still wanted, please tap it again."
    )
