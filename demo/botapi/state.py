"""The whole world as JSON, for tests and tours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.botapi.showing import message_for_state

if TYPE_CHECKING:
    from demo.botapi.world import World


def state_of(world: World) -> dict[str, Any]:
    """Users, bots, chats with messages and history, button taps."""
    chats = [*world.private.values(), *world.groups.values()]
    return {
        "users": [user.as_api() for user in world.users.values()],
        "bots": [
            {**bot.user.as_api(), "pending_updates": len(bot.updates.pending(world.clock()))}
            for bot in world.bots.values()
        ],
        "chats": [
            {
                **chat.as_api(),
                "bot_id": chat.bot.id if chat.bot else None,
                "started": chat.started,
                "blocked": chat.blocked,
                "pinned": chat.pinned,
                "messages": [message_for_state(chat, m, world.people) for m in chat.messages.values()],
            }
            for chat in chats
        ],
        "taps": [
            {
                "id": query.id,
                "user_id": query.user.id,
                "chat_id": query.chat.id,
                "message_id": query.message_id,
                "data": query.data,
                "answer": query.answer,
            }
            for query in world.queries.values()
        ],
    }
