"""getChat, pins, reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.botapi.errors import bad_request
from demo.botapi.methods.target import chat_of, message_of, writable_chat_of
from demo.botapi.params import Call
from demo.botapi.showing import message_for_bot
from demo.botapi.values import Message

if TYPE_CHECKING:
    from demo.botapi.world import World

_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 "
    "🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 "
    "😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 "
    "🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡 "
)
REACTIONS = frozenset(_EMOJI.split())


def get_chat(world: World, call: Call) -> dict[str, Any]:
    chat = chat_of(world, call)
    if not chat.started:
        raise bad_request("chat not found")
    full: dict[str, Any] = {
        **chat.as_api(),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.pinned:
        full["pinned_message"] = message_for_bot(chat, chat.messages[chat.pinned[-1]], world.people)
    return full


def pin_chat_message(world: World, call: Call) -> bool:
    """Pins above earlier pins, and leaves the line in the chat that Telegram leaves."""
    chat = writable_chat_of(world, call)
    message = message_of(chat, call, "pin")
    if chat.pinned and chat.pinned[-1] == message.message_id:
        raise bad_request("CHAT_NOT_MODIFIED")
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    chat.pinned.append(message.message_id)
    world.changes.add("pinned", chat.seen_as, chat.users, message_id=message.message_id)
    notice = Message(message_id=0, sender=call.bot.user, date=world.now(), pinned_message=message.message_id)
    world.post(chat, notice)
    return True


def unpin_chat_message(world: World, call: Call) -> bool:
    """The named message, or without message_id the latest pin."""
    chat = writable_chat_of(world, call)
    message_id = call.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise bad_request("Message to unpin not found")
    chat.pinned.remove(message_id)
    world.changes.add("unpinned", chat.seen_as, chat.users, message_id=message_id)
    return True


def set_message_reaction(world: World, call: Call) -> bool:
    """A bot may give one emoji of Telegram's list; an empty list takes its reaction back."""
    chat = writable_chat_of(world, call)
    message = message_of(chat, call, "react")
    given = call.decoded("reaction", "reaction types") or []
    if not isinstance(given, list):
        raise bad_request("Expected an Array of ReactionType")
    emojis = []
    for reaction in given:
        if not isinstance(reaction, dict):
            raise bad_request("Can't parse ReactionType: expected an Object")
        emojis.append(str(reaction.get("emoji", "")).replace("\ufe0f", ""))
    if len(emojis) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(emoji not in REACTIONS for emoji in emojis):
        raise bad_request("REACTION_INVALID")
    message.reactions[call.bot.id] = emojis
    world.show("reaction", chat, message)
    return True
