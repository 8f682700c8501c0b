"""sendMessage, sendDocument, sendPhoto, sendChatAction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.botapi.entities import Entity
from demo.botapi.errors import bad_request
from demo.botapi.formatting import MAX_CAPTION, MAX_TEXT, formatted
from demo.botapi.keyboard import parse_markup
from demo.botapi.methods.files import stored_upload
from demo.botapi.methods.target import writable_chat_of
from demo.botapi.params import Call
from demo.botapi.showing import message_for_bot
from demo.botapi.values import Attachment, Chat, Message

if TYPE_CHECKING:
    from demo.botapi.world import World

_ACTIONS = (
    "cancel",
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "record_audio",
    "upload_audio",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


def send_message(world: World, call: Call) -> dict[str, Any]:
    if not call.text("text"):
        raise bad_request("Message text is empty")
    text, entities = formatted(
        call.text("text"), call.text("parse_mode"), call.decoded("entities", "entities")
    )
    markup = parse_markup(call.params.get("reply_markup"))
    chat = writable_chat_of(world, call, "text messages")
    if not text:
        raise bad_request("text must be non-empty")
    if len(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return _post(world, call, chat, Message(**_new(world, call, text, entities), markup=markup))


def send_document(world: World, call: Call) -> dict[str, Any]:
    return _send_file(world, call, "document")


def send_photo(world: World, call: Call) -> dict[str, Any]:
    return _send_file(world, call, "photo")


def _send_file(world: World, call: Call, kind: str) -> dict[str, Any]:
    text, entities = formatted(
        call.text("caption"), call.text("parse_mode"), call.decoded("caption_entities", "caption_entities")
    )
    markup = parse_markup(call.params.get("reply_markup"))
    chat = writable_chat_of(world, call, f"{kind}s")
    if len(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    attachment = Attachment(kind=kind, file=stored_upload(world, call, kind))
    message = Message(**_new(world, call, text, entities), markup=markup, attachment=attachment)
    return _post(world, call, chat, message)


def send_chat_action(world: World, call: Call) -> bool:
    chat = writable_chat_of(world, call)
    action = call.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("Wrong parameter action in request")
    world.changes.add("typing", chat.seen_as, chat.users, action=action, bot=call.bot.id)
    return True


def _new(world: World, call: Call, text: str, entities: list[Entity]) -> dict[str, Any]:
    return {
        "message_id": 0,
        "sender": call.bot.user,
        "date": world.now(),
        "text": text,
        "entities": entities,
        "topic": call.integer("message_thread_id") or None,
        "silent": call.flag("disable_notification"),
    }


def _post(world: World, call: Call, chat: Chat, message: Message) -> dict[str, Any]:
    message.reply_to = _replied(call, chat)
    call.bot.flood.admit(chat.id, world.clock(), is_group=chat.is_group)
    world.post(chat, message)
    return message_for_bot(chat, message, world.people)


def _replied(call: Call, chat: Chat) -> int | None:
    parameters = call.decoded("reply_parameters", "reply parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise bad_request("Object expected as reply parameters")
    given = parameters or {}
    message_id = int(given.get("message_id") or call.integer("reply_to_message_id"))
    if not message_id:
        return None
    replied = chat.messages.get(message_id)
    if replied is not None and not replied.deleted:
        return message_id
    if given.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")
