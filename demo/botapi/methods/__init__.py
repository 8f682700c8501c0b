"""The Bot API's methods, by lower-case name. Each takes the world and the call and gives the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from demo.botapi.methods import chats, commands, editing, files, receiving, sending
from demo.botapi.params import Call

if TYPE_CHECKING:
    from demo.botapi.world import World

Method = Callable[["World", Call], Any]

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "getme": receiving.get_me,
        "getupdates": receiving.get_updates,
        "setwebhook": receiving.set_webhook,
        "deletewebhook": receiving.delete_webhook,
        "getwebhookinfo": receiving.get_webhook_info,
        "close": receiving.goodbye,
        "logout": receiving.goodbye,
        "sendmessage": sending.send_message,
        "senddocument": sending.send_document,
        "sendphoto": sending.send_photo,
        "sendchataction": sending.send_chat_action,
        "editmessagetext": editing.edit_message_text,
        "editmessagecaption": editing.edit_message_caption,
        "editmessagereplymarkup": editing.edit_message_reply_markup,
        "deletemessage": editing.delete_message,
        "answercallbackquery": editing.answer_callback_query,
        "getfile": files.get_file,
        "getchat": chats.get_chat,
        "pinchatmessage": chats.pin_chat_message,
        "unpinchatmessage": chats.unpin_chat_message,
        "setmessagereaction": chats.set_message_reaction,
        "setmycommands": commands.set_my_commands,
        "getmycommands": commands.get_my_commands,
        "deletemycommands": commands.delete_my_commands,
    }
)
