import json

import pytest

from server_agent.updates import BadUpdateError, Incoming, parse_update


def update(**message: object) -> bytes:
    return json.dumps({"update_id": 7, "message": {"chat": {"id": -5}, **message}}).encode()


def test_a_text_message_is_taken() -> None:
    assert parse_update(update(text="hi")) == Incoming(update_id=7, chat_id=-5, text="hi")


@pytest.mark.parametrize("body", [b'{"update_id": 1, "edited_message": {}}', update(photo=[])])
def test_other_kinds_of_updates_are_none(body: bytes) -> None:
    assert parse_update(body) is None


def test_nul_characters_are_dropped() -> None:
    assert parse_update(update(text="a\0b")) == Incoming(update_id=7, chat_id=-5, text="ab")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is not JSON"),
        (b"\xff\xfe{", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", "the body must be a JSON object"),
        (b"{}", "update_id must be a whole number of at most 64 bits"),
        (b'{"update_id": true}', "update_id must be a whole number of at most 64 bits"),
        (b'{"update_id": 9223372036854775808}', "update_id must be a whole number of at most 64 bits"),
        (b'{"update_id": 1, "message": "hi"}', "message must be an object"),
        (b'{"update_id": 1, "message": {}}', "message.chat must be an object"),
        (b'{"update_id": 1, "message": {"chat": {"id": "5"}}}', "message.chat.id must be a whole number"),
        (update(text=5), "message.text must be a string"),
        (update(text="\ud800"), "message.text must be valid Unicode"),
    ],
)
def test_what_is_no_update_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(BadUpdateError, match=reason):
        parse_update(body)
