"""The bot's command list, by scope and language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from demo.botapi.errors import bad_request
from demo.botapi.params import Call
from demo.botapi.values import Bot, Chat

if TYPE_CHECKING:
    from demo.botapi.world import World

MAX_COMMANDS = 100
_WIDE = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_NARROW = ("chat", "chat_administrators", "chat_member")


def set_my_commands(world: World, call: Call) -> bool:
    key = _key(call)
    raw = call.decoded("commands", "commands")
    if not isinstance(raw, list):
        raise bad_request("Expected an Array of BotCommand")
    commands = [_command(one) for one in raw]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[key] = commands
    _show(world, call.bot)
    return True


def get_my_commands(_world: World, call: Call) -> list[dict[str, str]]:
    return call.bot.commands.get(_key(call), [])


def delete_my_commands(world: World, call: Call) -> bool:
    call.bot.commands.pop(_key(call), None)
    _show(world, call.bot)
    return True


def commands_for(bot: Bot, chat: Chat, user_id: int, language: str) -> list[dict[str, str]]:
    """What this person finds in the menu: the narrowest scope and the person's language win."""
    wide = "all_group_chats" if chat.is_group else "all_private_chats"
    for scope in (f"chat_member:{chat.id}:{user_id}", f"chat:{chat.id}", wide, "default"):
        for code in (language, ""):
            if bot.commands.get((scope, code)):
                return bot.commands[scope, code]
    return []


def _key(call: Call) -> tuple[str, str]:
    scope = call.decoded("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("BotCommandScope must be an Object")
    kind = str(scope.get("type", ""))
    language = call.text("language_code")
    if kind in _WIDE:
        return kind, language
    if kind not in _NARROW:
        raise bad_request("Can't parse BotCommandScope: Unsupported type specified")
    if not scope.get("chat_id"):
        raise bad_request("Can't parse BotCommandScope: Empty chat_id specified")
    member = f":{scope.get('user_id')}" if kind == "chat_member" else ""
    return f"{kind}:{scope['chat_id']}{member}", language


def _command(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict) or not isinstance(raw.get("command"), str):
        raise bad_request("Can't parse BotCommand: expected an Object")
    command = raw["command"].removeprefix("/")
    description = str(raw.get("description", ""))
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _show(world: World, bot: Bot) -> None:
    world.changes.add("commands", bot.id, world.users)
