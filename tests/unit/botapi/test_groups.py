"""Topics, and a group that becomes a supergroup, as Telegram plays them."""

from __future__ import annotations

from typing import Any

import pytest

from demo.botapi import ApiError, World
from demo.botapi.groups import add_topic, delete_topic, upgrade
from tests.unit.botapi.conftest import MASTER, TOKEN


def notices(world: World) -> list[dict[str, Any]]:
    """What the bot hears of group chats."""
    updates = [update.get("message", {}) for update in world.call(TOKEN, "getUpdates")]
    return [message for message in updates if message.get("chat", {}).get("id", 0) < 0]


def refused(world: World, method: str, **params: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        world.call(TOKEN, method, params)
    return caught.value


def test_a_basic_group_has_another_kind_of_id_and_other_words(world: World) -> None:
    group, supergroup = world.add_group("Ops", [MASTER], basic=True), world.add_group("Ops", [MASTER])
    assert (group.as_api()["type"], supergroup.as_api()["type"]) == ("group", "supergroup")
    assert -1_000_000_000_000 < group.id < 0
    assert supergroup.id < -1_000_000_000_000
    world.block(MASTER, chat=group.id)
    error = refused(world, "sendMessage", chat_id=group.id, text="x")
    assert error.description == "Forbidden: bot was kicked from the group chat"


def test_an_upgraded_group_refuses_its_old_id_and_names_the_new_one(world: World) -> None:
    old = world.add_group("Ops", [MASTER], basic=True)
    sent = world.call(TOKEN, "sendMessage", {"chat_id": old.id, "text": "hi"})
    new = upgrade(world, old.id)
    for method, more in (
        ("sendMessage", {"text": "x"}),
        ("editMessageText", {"text": "x", "message_id": sent["message_id"]}),
        ("deleteMessage", {"message_id": sent["message_id"]}),
    ):
        assert refused(world, method, chat_id=old.id, **more).body() == {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": new.id},
        }
    assert [(n["chat"]["id"], n["chat"]["type"]) for n in notices(world)] == [
        (old.id, "group"),
        (new.id, "supergroup"),
    ]
    assert [n.get("migrate_to_chat_id") or n.get("migrate_from_chat_id") for n in notices(world)] == [
        new.id,
        old.id,
    ]
    assert "text" not in notices(world)[0]
    assert world.call(TOKEN, "sendMessage", {"chat_id": new.id, "text": "hi"})["message_id"] == 2
    assert [chat.id for chat in world.chats(MASTER) if chat.is_group] == [new.id]
    with pytest.raises(ValueError, match="no basic group"):
        upgrade(world, old.id)
    with pytest.raises(ValueError, match="supergroup now"):
        world.say(MASTER, "hello?", chat=old.id)


def test_what_a_group_forbids_is_refused_by_its_kind(world: World) -> None:
    old = world.add_group("Ops", [MASTER], basic=True)
    old.forbidden.add("photos")
    group = upgrade(world, old.id)
    error = refused(world, "sendPhoto", chat_id=group.id)
    assert error.description == "Bad Request: not enough rights to send photos to the chat"
    world.call(TOKEN, "sendMessage", {"chat_id": group.id, "text": "hi"})
    group.forbidden.add("text messages")
    error = refused(world, "sendMessage", chat_id=group.id, text="hi")
    assert error.description == "Bad Request: not enough rights to send text messages to the chat"


def test_topics_hold_what_is_sent_and_said_in_them(world: World) -> None:
    group = world.add_group("Ops", [MASTER], forum=True)
    topic = add_topic(world, group.id, "Runs")
    sent = world.call(TOKEN, "sendMessage", {"chat_id": group.id, "text": "hi", "message_thread_id": topic})
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic, True)
    assert sent["chat"]["is_forum"]
    general = world.call(TOKEN, "sendMessage", {"chat_id": group.id, "text": "hi"})
    assert "message_thread_id" not in general
    world.say(MASTER, "/status", chat=group.id, topic=topic)
    begun, said = notices(world)
    assert begun["forum_topic_created"]["name"] == "Runs"
    assert (said["text"], said["message_thread_id"], said["is_topic_message"]) == ("/status", topic, True)


def test_a_topic_that_is_not_there(world: World) -> None:
    group = world.add_group("Ops", [MASTER], forum=True)
    topic = add_topic(world, group.id, "Runs")
    delete_topic(world, group.id, topic)
    for chat, thread in ((group.id, topic), (group.id, 99), (MASTER, 1)):
        error = refused(world, "sendMessage", chat_id=chat, text="x", message_thread_id=thread)
        assert error.description == "Bad Request: message thread not found"
    with pytest.raises(ValueError, match="no such topic"):
        world.say(MASTER, "hi", chat=group.id, topic=topic)
    with pytest.raises(ValueError, match="not a forum"):
        add_topic(world, world.add_group("Flat", [MASTER]).id, "Runs")


def test_a_group_takes_no_more_than_twenty_a_minute_edits_among_them(clock: Any) -> None:
    world = World(clock=clock)
    world.add_bot(TOKEN)
    world.add_user(MASTER)
    group = world.add_group("Ops", [MASTER])
    sent = world.call(TOKEN, "sendMessage", {"chat_id": group.id, "text": "0"})
    for number in range(1, 20):
        clock.go(1.1)
        edit = {"chat_id": group.id, "message_id": sent["message_id"], "text": str(number)}
        world.call(TOKEN, "editMessageText", edit)
    clock.go(1.1)
    error = refused(world, "sendMessage", chat_id=group.id, text="one more")
    assert error.code == 429
    assert 0 < error.parameters["retry_after"] <= 60
