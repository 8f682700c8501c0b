from __future__ import annotations

from typing import Any

import pytest

from demo.botapi import ApiError, World
from demo.botapi.errors import NOT_MODIFIED
from demo.botapi.params import Upload
from tests.unit.botapi.conftest import MASTER, TOKEN


def refusal(world: World, method: str, **params: Any) -> str:
    with pytest.raises(ApiError) as caught:
        world.call(TOKEN, method, params)
    return f"{caught.value.code} {caught.value.description}"


def send(world: World, text: str = "hello", **params: Any) -> dict[str, Any]:
    message: dict[str, Any] = world.call(TOKEN, "sendMessage", {"chat_id": MASTER, "text": text, **params})
    return message


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", "callback_data": "x", **button}]]}


def test_a_sent_message_is_what_the_bot_api_returns(world: World) -> None:
    assert send(world, "<b>a</b> /go", parse_mode="HTML") == {
        "message_id": 2,
        "from": {"id": 7000000001, "first_name": "Deploy", "username": "deploy_bot", "is_bot": True},
        "chat": {"id": MASTER, "type": "private", "first_name": "Master"},
        "date": 1_750_000_000,
        "text": "a /go",
        "entities": [
            {"type": "bold", "offset": 0, "length": 1},
            {"type": "bot_command", "offset": 2, "length": 3},
        ],
    }


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"chat_id": ""}, "400 Bad Request: chat_id is empty"),
        ({"chat_id": 5}, "400 Bad Request: chat not found"),
        ({"chat_id": "@nobody"}, "400 Bad Request: chat not found"),
        ({"chat_id": -5}, "400 Bad Request: chat not found"),
        ({"text": ""}, "400 Bad Request: message text is empty"),
        ({"text": " \n "}, "400 Bad Request: text must be non-empty"),
        ({"text": "x" * 4097}, "400 Bad Request: message is too long"),
        ({"text": "é" * 16385}, "400 Bad Request: text is too long"),
        ({"text": "\ud800"}, "400 Bad Request: strings must be encoded in UTF-8"),
        ({"parse_mode": "wiki"}, "400 Bad Request: unsupported parse_mode"),
        (
            {"text": "<i>long text</b>", "parse_mode": "HTML"},
            "400 Bad Request: can't parse entities: Unmatched end tag at byte offset 12, "
            'expected "</i>", found "</b>"',
        ),
        ({"message_thread_id": 3}, "400 Bad Request: message thread not found"),
        ({"reply_parameters": {"message_id": 99}}, "400 Bad Request: message to be replied not found"),
        ({"reply_markup": "{"}, "400 Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": "[]"}, "400 Bad Request: object expected as reply markup"),
        ({"reply_markup": keyboard(callback_data="й" * 33)}, "400 Bad Request: BUTTON_DATA_INVALID"),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "400 Bad Request: can't parse inline keyboard button: "
            "Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"reply_markup": keyboard(style="pink")},
            "400 Bad Request: can't parse inline keyboard button: invalid button style specified",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "copy_text": {"text": "y" * 257}}]]}},
            "400 Bad Request: BUTTON_COPY_TEXT_INVALID",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x" * 99, "callback_data": "y"}]] * 99}},
            "400 Bad Request: reply markup is too long",
        ),
        (
            {"entities": [{"type": "bold", "offset": 0, "length": 9}]},
            "400 Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text",
        ),
    ],
)
def test_refusals_in_telegrams_words(world: World, params: dict[str, Any], expected: str) -> None:
    assert refusal(world, "sendMessage", **{"chat_id": MASTER, "text": "hello", **params}) == expected


def test_length_is_counted_after_parsing_in_code_points(world: World) -> None:
    assert len(send(world, "<b>" + "😀" * 4096 + "</b>", parse_mode="HTML")["text"]) == 4096


def test_entities_can_be_passed_explicitly_in_utf16_units(world: World) -> None:
    sent = send(world, "😀ab", entities=[{"type": "code", "offset": 2, "length": 1}])
    assert sent["entities"] == [{"type": "code", "offset": 2, "length": 1}]


def test_styles_join_and_stay_out_of_code(world: World) -> None:
    sent = send(world, " <b>a</b><b>b<code>c</code></b><i> </i> ", parse_mode="HTML")
    assert sent["text"] == "abc"
    assert sent["entities"] == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "code", "offset": 2, "length": 1},
    ]


def test_keyboards_are_cut_at_twelve_a_row(world: World) -> None:
    sent = send(world, reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "y"}] * 20]})
    assert [len(row) for row in sent["reply_markup"]["inline_keyboard"]] == [12]


def test_nobody_is_written_to_who_has_not_started_or_has_blocked(world: World) -> None:
    world.add_user(1002, "Stranger")
    started = "403 Forbidden: bot can't initiate conversation with a user"
    assert refusal(world, "sendMessage", chat_id=1002, text="x") == started
    world.block(MASTER)
    assert (
        refusal(world, "sendMessage", chat_id=MASTER, text="x")
        == "403 Forbidden: bot was blocked by the user"
    )
    world.block(MASTER, blocked=False)
    assert send(world)["text"] == "hello"


def test_tokens_and_methods(world: World) -> None:
    for token, text in [("1:x", "Unauthorized"), ("nonsense", "Unauthorized: invalid token specified")]:
        with pytest.raises(ApiError) as caught:
            world.call(token, "getMe")
        assert (caught.value.code, caught.value.description) == (401, text)
    assert refusal(world, "sendCoffee") == "404 Not Found: method not found"
    assert world.call(TOKEN, "GETME")["username"] == "deploy_bot"


def test_editing(world: World) -> None:
    sent = send(world, "<b>one</b>", parse_mode="HTML", reply_markup=keyboard())
    target = {"chat_id": MASTER, "message_id": sent["message_id"]}
    same = {**target, "text": "<strong>one</strong> ", "parse_mode": "HTML", "reply_markup": keyboard()}
    assert refusal(world, "editMessageText", **same) == f"400 Bad Request: {NOT_MODIFIED}"
    assert "reply_markup" not in world.call(TOKEN, "editMessageText", {**target, "text": "two"})
    too_long = refusal(world, "editMessageText", **target, text="x" * 4097)
    assert too_long == "400 Bad Request: MESSAGE_TOO_LONG"
    assert world.call(TOKEN, "editMessageReplyMarkup", {**target, "reply_markup": keyboard()})["reply_markup"]
    history = world.state()["chats"][0]["messages"][-1]["history"]
    assert [before["text"] for before in history] == ["one", "two"]
    gone = refusal(world, "editMessageText", chat_id=MASTER, message_id=99, text="x")
    assert gone == "400 Bad Request: message to edit not found"
    foreign = refusal(world, "editMessageText", chat_id=MASTER, message_id=1, text="x")
    assert foreign == "400 Bad Request: message can't be edited"
    file = world.call(
        TOKEN, "sendDocument", {"chat_id": MASTER}, {"document": Upload(name="a", content=b"x")}
    )
    no_text = refusal(world, "editMessageText", chat_id=MASTER, message_id=file["message_id"], text="x")
    assert no_text == "400 Bad Request: there is no text in the message to edit"


def test_deleting_ends_after_48_hours(world: World, clock: Any) -> None:
    old, new = send(world)["message_id"], send(world)["message_id"]
    assert world.call(TOKEN, "deleteMessage", {"chat_id": MASTER, "message_id": new})
    again = refusal(world, "deleteMessage", chat_id=MASTER, message_id=new)
    assert again == "400 Bad Request: message to delete not found"
    clock.go(48 * 3600 + 1)
    late = refusal(world, "deleteMessage", chat_id=MASTER, message_id=old)
    assert late == "400 Bad Request: message can't be deleted for everyone"
    assert world.call(TOKEN, "editMessageText", {"chat_id": MASTER, "message_id": old, "text": "still"})


def test_files(world: World) -> None:
    upload = Upload(name="run.log", content=b"x" * 10)
    sent = world.call(TOKEN, "sendDocument", {"chat_id": MASTER, "caption": "log"}, {"document": upload})
    assert sent["document"]["mime_type"] == "text/plain"
    file = world.call(TOKEN, "getFile", {"file_id": sent["document"]["file_id"]})
    assert (file["file_size"], file["file_path"]) == (10, "documents/file_1.log")
    assert world.call(TOKEN, "sendDocument", {"chat_id": MASTER, "document": file["file_id"]})["document"]
    too_long = refusal(world, "sendDocument", chat_id=MASTER, document=file["file_id"], caption="x" * 1025)
    assert too_long == "400 Bad Request: message caption is too long"
    assert refusal(world, "sendPhoto", chat_id=MASTER) == "400 Bad Request: there is no photo in the request"
    big = Upload(name="big", content=b"x" * 50_000_001)
    with pytest.raises(ApiError, match="413 Request Entity Too Large"):
        world.call(TOKEN, "sendDocument", {"chat_id": MASTER}, {"document": big})
    with pytest.raises(ApiError, match="IMAGE_PROCESS_FAILED"):
        world.call(TOKEN, "sendPhoto", {"chat_id": MASTER}, {"photo": upload})


def test_pins_and_reactions(world: World) -> None:
    target = {"chat_id": MASTER, "message_id": send(world)["message_id"]}
    assert world.call(TOKEN, "pinChatMessage", target)
    assert world.call(TOKEN, "getChat", {"chat_id": MASTER})["pinned_message"]["text"] == "hello"
    assert world.call(TOKEN, "unpinChatMessage", {"chat_id": MASTER})
    nothing = refusal(world, "unpinChatMessage", chat_id=MASTER)
    assert nothing == "400 Bad Request: message to unpin not found"
    assert world.call(TOKEN, "setMessageReaction", {**target, "reaction": '[{"type":"emoji","emoji":"👍"}]'})
    wrong = refusal(world, "setMessageReaction", **target, reaction=[{"type": "emoji", "emoji": "🚀"}])
    assert wrong == "400 Bad Request: REACTION_INVALID"
    assert world.messages(MASTER)[1]["reactions"] == ["👍"]


def test_commands_of_the_narrowest_scope_win(world: World) -> None:
    def commands(name: str) -> list[dict[str, str]]:
        return [{"command": name, "description": "d"}]

    world.call(TOKEN, "setMyCommands", {"commands": commands("wide")})
    scope = {"type": "chat", "chat_id": MASTER}
    world.call(TOKEN, "setMyCommands", {"commands": commands("narrow"), "scope": scope})
    assert world.call(TOKEN, "getMyCommands") == commands("wide")
    assert world.call(TOKEN, "getMyCommands", {"scope": scope}) == commands("narrow")
    world.call(TOKEN, "deleteMyCommands", {"scope": scope})
    assert world.call(TOKEN, "getMyCommands", {"scope": scope}) == []
    assert (
        refusal(world, "setMyCommands", commands=commands("Bad!")) == "400 Bad Request: BOT_COMMAND_INVALID"
    )
    many = commands("x") * 101
    assert refusal(world, "setMyCommands", commands=many) == "400 Bad Request: BOT_COMMANDS_TOO_MUCH"


def test_groups(world: World) -> None:
    world.add_user(1002, "Second")
    group = world.add_group("Ops", [MASTER, 1002])
    world.say(1002, "hello all", chat=group.id)
    assert world.call(TOKEN, "sendMessage", {"chat_id": group.id, "text": "hi"})["chat"]["title"] == "Ops"
    assert [one["text"] for one in world.messages(MASTER, chat=group.id)] == ["hello all", "hi"]
    world.block(MASTER, chat=group.id)
    kicked = refusal(world, "sendMessage", chat_id=group.id, text="x")
    assert kicked == "403 Forbidden: bot was kicked from the supergroup chat"
