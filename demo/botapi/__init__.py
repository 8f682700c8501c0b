"""A local Telegram Bot API server with a chat page, to try and test bots without a Telegram account.

async with BotApiServer(world) as server:        the server; world and faults are its attributes
World                                            bots, people, chats and Telegram's rules, no socket
Person(server.url, token, user_id)               a person who writes, taps and watches
server.faults.add("flood", "sendMessage")        scripted trouble
"""

from demo.botapi.errors import ApiError
from demo.botapi.faults import Fault, Faults
from demo.botapi.flood import FloodLimits
from demo.botapi.person import Person, PersonError
from demo.botapi.picture import Answer, Button, ChatChange, ChatMessage, draw_chat, draw_message
from demo.botapi.server import BotApiServer
from demo.botapi.world import UnknownError, World

__all__ = [
    "Answer",
    "ApiError",
    "BotApiServer",
    "Button",
    "ChatChange",
    "ChatMessage",
    "Fault",
    "Faults",
    "FloodLimits",
    "Person",
    "PersonError",
    "UnknownError",
    "World",
    "draw_chat",
    "draw_message",
]
