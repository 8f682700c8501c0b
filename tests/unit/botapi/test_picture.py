from __future__ import annotations

from demo.botapi import ChatMessage, World, draw_chat
from tests.unit.botapi.conftest import MASTER, TOKEN

EXPECTED = """\
                                                 │ Master · 15:06:40
                                                 │ /start

│ Deploy · 15:06:40 · edited
│ Approve 9be01f7?
│
│ It takes a moment.
│ [ Approve ]  [ Reject ]
│ [ Details ]"""


def test_the_whole_chat_as_text(world: World) -> None:
    rows = [["Approve", "Reject"], ["Details"]]
    markup = {"inline_keyboard": [[{"text": text, "callback_data": text} for text in row] for row in rows]}
    sent = world.call(TOKEN, "sendMessage", {"chat_id": MASTER, "text": "…"})
    text = "Approve <code>9be01f7</code>?\n\nIt takes a moment."
    edit = {"message_id": sent["message_id"], "text": text, "parse_mode": "HTML", "reply_markup": markup}
    world.call(TOKEN, "editMessageText", {"chat_id": MASTER, **edit})
    messages = [ChatMessage.from_json(shown) for shown in world.messages(MASTER)]
    assert draw_chat(messages) == EXPECTED
    assert messages[1].labels == ["Approve", "Reject", "Details"]
