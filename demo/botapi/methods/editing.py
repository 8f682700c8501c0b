"""editMessage…, deleteMessage, answerCallbackQuery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.botapi.entities import Entity
from demo.botapi.errors import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from demo.botapi.formatting import MAX_CAPTION, MAX_TEXT, formatted
from demo.botapi.keyboard import Markup, parse_markup
from demo.botapi.methods.target import chat_of, message_of, own_message_of, writable_chat_of
from demo.botapi.params import Call
from demo.botapi.showing import message_for_bot, shown_entity
from demo.botapi.values import Chat, Message

if TYPE_CHECKING:
    from demo.botapi.world import World

DELETE_SECONDS = 48 * 3600
MAX_ANSWER = 200


def edit_message_text(world: World, call: Call) -> dict[str, Any]:
    if not call.text("text"):
        raise bad_request("Message text is empty")
    text, entities = formatted(
        call.text("text"), call.text("parse_mode"), call.decoded("entities", "entities")
    )
    markup = parse_markup(call.params.get("reply_markup"), inline_only=True)
    chat = writable_chat_of(world, call)
    message = own_message_of(chat, call)
    if message.attachment:
        raise bad_request("there is no text in the message to edit")
    if not text:
        raise bad_request("text must be non-empty")
    if len(text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    return _edit(world, call, chat, message, text, entities, markup)


def edit_message_caption(world: World, call: Call) -> dict[str, Any]:
    text, entities = formatted(
        call.text("caption"), call.text("parse_mode"), call.decoded("caption_entities", "caption_entities")
    )
    markup = parse_markup(call.params.get("reply_markup"), inline_only=True)
    chat = writable_chat_of(world, call)
    message = own_message_of(chat, call)
    if not message.attachment:
        raise bad_request("there is no caption in the message to edit")
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return _edit(world, call, chat, message, text, entities, markup)


def edit_message_reply_markup(world: World, call: Call) -> dict[str, Any]:
    markup = parse_markup(call.params.get("reply_markup"), inline_only=True)
    chat = writable_chat_of(world, call)
    message = own_message_of(chat, call)
    return _edit(world, call, chat, message, message.text, message.entities, markup)


def _edit(
    world: World,
    call: Call,
    chat: Chat,
    message: Message,
    text: str,
    entities: list[Entity],
    markup: Markup | None,
) -> dict[str, Any]:
    if (text, entities, markup) == (message.text, message.entities, message.markup):
        raise bad_request(NOT_MODIFIED)
    call.bot.flood.admit(chat.id, world.clock(), is_group=chat.is_group)
    message.edits.append(
        {
            "date": message.edit_date or message.date,
            "text": message.text,
            "entities": [shown_entity(entity, world.people) for entity in message.entities],
            "reply_markup": message.markup,
        }
    )
    message.text, message.entities, message.markup = text, entities, markup
    message.edit_date = world.now()
    world.show("edited", chat, message)
    return message_for_bot(chat, message, world.people)


def delete_message(world: World, call: Call) -> bool:
    """In private chats a bot may delete both sides' messages, in groups its own; none older than 48 hours."""
    chat = chat_of(world, call)
    message = message_of(chat, call, "delete")
    foreign = chat.is_group and message.sender.id != call.bot.id
    if foreign or world.now() - message.date > DELETE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    world.changes.add("deleted", chat.seen_as, chat.users, message_id=message.message_id)
    return True


def answer_callback_query(world: World, call: Call) -> bool:
    query = world.queries.get(call.text("callback_query_id"))
    if query is None or query.bot is not call.bot or query.answer is not None:
        raise bad_request(QUERY_TOO_OLD)
    if world.clock() - query.tapped_at > world.answer_seconds:
        raise bad_request(QUERY_TOO_OLD)
    text = call.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {"text": text, "show_alert": call.flag("show_alert"), "url": call.text("url")}
    world.changes.add(
        "answer",
        query.chat.seen_as,
        [query.user.id],
        query_id=query.id,
        message_id=query.message_id,
        answer=query.answer,
    )
    return True
