from __future__ import annotations

from dataclasses import replace

from bot.cards.people import Who, elsewhere_card, moved_card, refused_card, refused_toast, whoami_card
from bot.rights import Role

WHO = Who(
    user=1002,
    name="Lin <b>",
    role=Role.OWNER,
    chat=-1001234,
    chat_type="supergroup",
    topic=7,
    is_home=True,
)


def test_who_somebody_is() -> None:
    assert whoami_card(WHO).text == (
        "<b>Who you are here</b>\n"
        "Lin &lt;b&gt; · user <code>1002</code> · owner\n"
        "Chat <code>-1001234</code> · supergroup · home chat\n"
        "Topic <code>7</code>"
    )
    alone = replace(WHO, role=Role.VIEWER, chat=1002, chat_type="private", topic=None, is_home=False)
    assert whoami_card(alone).text == (
        "<b>Who you are here</b>\n"
        "Lin &lt;b&gt; · user <code>1002</code> · viewer\n"
        "Chat <code>1002</code> · private\n"
        "Topic none"
    )


def test_what_is_beyond_a_role() -> None:
    card, toast = refused_card(Role.VIEWER), refused_toast(Role.VIEWER)
    may = "This is for owners. As a viewer you may look: /status"
    assert card.text.startswith(f"⚠️ <b>Nothing was done.</b> {may}")
    assert toast.startswith(f"Nothing was done. {may}")
    assert "/deploy" not in card.text


def test_where_a_run_is_told() -> None:
    assert elsewhere_card().text == "Asked for. Its messages go to the home chat."
    assert moved_card(-5, -1001234, keys=["TELEGRAM_CHAT_ID"]).text == (
        "⚠️ <b>This group is a supergroup now, and has another id</b>\n"
        "I have noted it and go on here; open cards were sent anew. Runs and production are not touched.\n"
        "<b>Next:</b> set <code>TELEGRAM_CHAT_ID=-1001234</code> in .env.vnext; it names <code>-5</code>."
    )
