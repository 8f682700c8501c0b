from __future__ import annotations

from typing import Any

import pytest

from demo.botapi import ApiError, World
from demo.botapi.errors import QUERY_TOO_OLD, WEBHOOK_ACTIVE
from tests.unit.botapi.conftest import MASTER, TOKEN


def texts(world: World, **params: Any) -> list[str]:
    updates = world.call(TOKEN, "getUpdates", params)
    return [update["message"]["text"] for update in updates if "message" in update]


def tap(world: World) -> str:
    sent = world.call(TOKEN, "sendMessage", {"chat_id": MASTER, "text": "card"})
    return world.tap(MASTER, sent["message_id"], "yes").id


def test_updates_stay_until_an_offset_passes_them(world: World) -> None:
    world.say(MASTER, "one")
    world.say(MASTER, "two")
    assert texts(world) == texts(world) == ["/start", "one", "two"]
    first = world.call(TOKEN, "getUpdates", {"limit": 1})[0]["update_id"]
    assert texts(world, offset=first + 1, limit=1) == ["one"]
    assert texts(world) == ["one", "two"]
    assert texts(world, offset=-1) == ["two"]
    assert texts(world) == ["two"]


def test_messages_wait_24_hours_and_taps_150_seconds(world: World, clock: Any) -> None:
    tap(world)
    kinds = [list(update)[1] for update in world.call(TOKEN, "getUpdates")]
    assert kinds == ["message", "callback_query"]
    clock.go(151)
    assert [list(update)[1] for update in world.call(TOKEN, "getUpdates")] == ["message"]
    clock.go(24 * 3600)
    assert world.call(TOKEN, "getUpdates") == []


def test_allowed_updates_filter_when_queued_and_persist(world: World) -> None:
    world.call(TOKEN, "getUpdates", {"allowed_updates": '["callback_query"]'})
    world.say(MASTER, "unwanted")
    tap(world)
    assert [list(update)[1] for update in world.call(TOKEN, "getUpdates")] == ["message", "callback_query"]
    assert texts(world) == ["/start"]
    world.call(TOKEN, "getUpdates", {"allowed_updates": "[]"})
    world.say(MASTER, "wanted")
    assert texts(world) == ["/start", "wanted"]


def test_polling_is_refused_while_a_webhook_is_set(world: World) -> None:
    world.call(TOKEN, "setWebhook", {"url": "http://127.0.0.1:1/hook", "secret_token": "s"})
    with pytest.raises(ApiError) as caught:
        world.call(TOKEN, "getUpdates")
    assert (caught.value.code, caught.value.description) == (409, WEBHOOK_ACTIVE)
    info = world.call(TOKEN, "getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("http://127.0.0.1:1/hook", 1)
    world.call(TOKEN, "deleteWebhook", {"drop_pending_updates": True})
    assert texts(world) == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "nonsense"}, "invalid webhook URL specified"),
        ({"url": "http://x", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "http://x", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_bad_webhooks(world: World, params: dict[str, Any], reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        world.call(TOKEN, "setWebhook", params)
    assert caught.value.description == f"Bad Request: {reason}"


def test_a_tap_is_answered_once_and_in_time(world: World, clock: Any) -> None:
    query = tap(world)
    clock.go(14)
    answer = {"callback_query_id": query, "text": "ok", "show_alert": True}
    assert world.call(TOKEN, "answerCallbackQuery", answer) is True
    assert world.queries[query].answer == {"text": "ok", "show_alert": True, "url": ""}
    late = tap(world)
    clock.go(16)
    for stale in (query, late, "1"):
        with pytest.raises(ApiError) as caught:
            world.call(TOKEN, "answerCallbackQuery", {"callback_query_id": stale})
        assert caught.value.description == f"Bad Request: {QUERY_TOO_OLD}"


def test_an_answer_has_at_most_200_characters(world: World) -> None:
    with pytest.raises(ApiError, match="MESSAGE_TOO_LONG"):
        world.call(TOKEN, "answerCallbackQuery", {"callback_query_id": tap(world), "text": "x" * 201})


def test_people_see_their_own_chats_only(world: World) -> None:
    world.add_user(1002, "Stranger")
    seen = world.changes.last
    world.say(1002, "let me in")
    world.call(TOKEN, "sendMessage", {"chat_id": MASTER, "text": "for Master"})
    [change] = world.changes.after(seen, MASTER)
    assert (change.kind, change.details["message"]["text"]) == ("new", "for Master")
    assert [message["text"] for message in world.messages(1002)] == ["let me in"]
