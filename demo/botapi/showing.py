"""Messages as JSON: as bots get them, and with what only people see added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.botapi.entities import Entity
from demo.botapi.values import Attachment, Chat, Message, User


def message_for_bot(chat: Chat, message: Message, people: Mapping[int, User]) -> dict[str, Any]:
    """A Bot API Message. Reply keyboards are not part of it, inline ones are."""
    shown: dict[str, Any] = {
        "message_id": message.message_id,
        "from": message.sender.as_api(),
        "chat": chat.as_api(),
        "date": message.date,
    }
    if message.topic is not None:
        shown.update(message_thread_id=message.topic, is_topic_message=True)
    if message.edit_date:
        shown["edit_date"] = message.edit_date
    replied = chat.messages.get(message.reply_to or 0)
    if replied and not replied.deleted:
        shown["reply_to_message"] = {
            name: value
            for name, value in message_for_bot(chat, replied, people).items()
            if name != "reply_to_message"
        }
    pinned = chat.messages.get(message.pinned_message or 0)
    if pinned:
        shown["pinned_message"] = message_for_bot(chat, pinned, people)
    entities = [shown_entity(entity, people) for entity in message.entities]
    if message.attachment:
        shown.update(_attachment(message.attachment))
        shown.update({"caption": message.text, "caption_entities": entities} if message.text else {})
    elif message.service:
        shown.update(message.service)
    elif message.pinned_message is None:
        shown["text"] = message.text
        shown.update({"entities": entities} if entities else {})
    if message.markup and "inline_keyboard" in message.markup:
        shown["reply_markup"] = message.markup
    return shown


def message_for_person(
    chat: Chat, message: Message, user_id: int, people: Mapping[int, User]
) -> dict[str, Any]:
    """The Message with any reply markup, and `out`, `pinned`, `edits` (count), `reactions`, `deleted`,
    `silent`."""
    return {
        **message_for_bot(chat, message, people),
        **({"reply_markup": message.markup} if message.markup else {}),
        "out": message.sender.id == user_id,
        "pinned": message.message_id in chat.pinned,
        "edits": len(message.edits),
        "reactions": sorted({emoji for given in message.reactions.values() for emoji in given}),
        "deleted": message.deleted,
        "silent": message.silent,
    }


def message_for_state(chat: Chat, message: Message, people: Mapping[int, User]) -> dict[str, Any]:
    """For `/_/state`: the Message and `history`, what it was before each edit."""
    shown = message_for_bot(chat, message, people)
    return {**shown, "deleted": message.deleted, "history": message.edits, "reactions": message.reactions}


def shown_entity(entity: Entity, people: Mapping[int, User]) -> dict[str, Any]:
    shown = entity.as_api()
    if entity.user_id is not None:
        del shown["user_id"]
        user = people.get(entity.user_id) or User(id=entity.user_id, first_name=str(entity.user_id))
        shown["user"] = user.as_api()
    return shown


def _attachment(attachment: Attachment) -> dict[str, Any]:
    file = attachment.file
    described = {
        "file_id": file.file_id,
        "file_unique_id": f"u{file.file_id}",
        "file_size": len(file.content),
    }
    if attachment.kind == "photo":
        return {"photo": [{**described, "width": file.width, "height": file.height}]}
    return {"document": {**described, "file_name": file.name, "mime_type": file.mime_type}}
