"""Which chat and message a call means, and whether the bot may write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.botapi.errors import bad_request, forbidden, upgraded
from demo.botapi.params import Call
from demo.botapi.values import Chat, Message

if TYPE_CHECKING:
    from demo.botapi.world import World


def chat_of(world: World, call: Call) -> Chat:
    """Raises ApiError 400 or 403 in Telegram's words."""
    raw = call.text("chat_id").strip()
    if not raw:
        raise bad_request("chat_id is empty")
    try:
        chat_id = int(raw)
    except ValueError:
        raise bad_request("chat not found") from None
    if chat_id < 0:
        group = world.groups.get(chat_id)
        if group is None:
            raise bad_request("chat not found")
        if group.upgraded_to is not None:
            raise upgraded(group.upgraded_to)
        if call.bot.id in group.kicked:
            raise forbidden(f"bot was kicked from the {group.kind} chat")
        if call.bot.id not in group.bots:
            raise forbidden(f"bot is not a member of the {group.kind} chat")
        return group
    if chat_id not in world.users:
        raise bad_request("chat not found")
    return world.chat(chat_id, call.bot.id)


def writable_chat_of(world: World, call: Call, what: str = "") -> Chat:
    """`what` is to be sent there, as Chat.forbidden names it; empty for what leaves no message."""
    chat = chat_of(world, call)
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    if chat.blocked and not chat.is_group:
        raise forbidden("bot was blocked by the user")
    topic = call.integer("message_thread_id")
    if topic and topic not in chat.topics:
        raise bad_request("message thread not found")
    if what in chat.forbidden:
        raise bad_request(f"not enough rights to send {what} to the chat")
    return chat


def message_of(chat: Chat, call: Call, purpose: str) -> Message:
    """`purpose` as in `message to <purpose> not found`."""
    message = chat.messages.get(call.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request(f"message to {purpose} not found")
    return message


def own_message_of(chat: Chat, call: Call) -> Message:
    message = message_of(chat, call, "edit")
    reply_keyboard = message.markup is not None and "inline_keyboard" not in message.markup
    if message.sender.id != call.bot.id or message.pinned_message is not None or reply_keyboard:
        raise bad_request("message can't be edited")
    return message
