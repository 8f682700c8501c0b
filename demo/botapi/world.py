"""The whole local Telegram as one value: no socket, no thread, the clock handed in."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from demo.botapi.changes import Changes
from demo.botapi.entities import finished
from demo.botapi.errors import ApiError
from demo.botapi.flood import FloodControl, FloodLimits
from demo.botapi.methods import METHODS
from demo.botapi.params import Call, Upload
from demo.botapi.showing import message_for_bot, message_for_person
from demo.botapi.state import state_of
from demo.botapi.values import Bot, CallbackQuery, Chat, Message, StoredFile, User

DEFAULT_LIMITS = FloodLimits()


class UnknownError(LookupError):
    """A person, bot, chat or message of the admin side does not exist; the text says which."""


class World:
    """Bots, people, chats, messages and unconfirmed updates.

    `clock` gives Unix seconds. `flood` None switches flood limits off. `answer_seconds` is how long a button
    tap can be answered. Everything here is synchronous and belongs to one thread.

    `conflicts` counts polls that another one ended while their client still waited.

    A person names a chat by `chat`: the bot's id, a group's (negative) id, or None for the first bot.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        flood: FloodLimits | None = DEFAULT_LIMITS,
        answer_seconds: float = 15.0,
    ) -> None:
        self.clock = clock
        self.answer_seconds = answer_seconds
        self.bots: dict[str, Bot] = {}
        self.users: dict[int, User] = {}
        self.private: dict[tuple[int, int], Chat] = {}
        self.groups: dict[int, Chat] = {}
        self.queries: dict[str, CallbackQuery] = {}
        self.files: dict[str, StoredFile] = {}
        self.changes = Changes()
        self.conflicts = 0
        self._flood = flood
        self._query_ids = itertools.count(7_000_000_000_000_001)
        self._group_ids = itertools.count(1_000_000_001)

    def add_bot(self, token: str, *, username: str | None = None, first_name: str | None = None) -> Bot:
        """`token` is `<number>:<secret>`; the number becomes the bot's id. Raises ValueError."""
        number, colon, secret = token.partition(":")
        if not (number.isdigit() and colon and secret) or token.startswith("0") or len(token) > 80:
            raise ValueError("a bot token looks like 123456789:SomeLettersAndDigits")
        username = username or f"local{number}_bot"
        user = User(
            id=int(number),
            first_name=first_name or username,
            username=username,
            is_bot=True,
            language_code=None,
        )
        self.bots[token] = Bot(token=token, user=user, flood=FloodControl(self._flood))
        return self.bots[token]

    def add_user(self, user_id: int, first_name: str = "", username: str | None = None) -> User:
        """Adds the person, or returns the one who is there."""
        if user_id not in self.users:
            if user_id <= 0 or any(bot.id == user_id for bot in self.bots.values()):
                raise ValueError(f"{user_id} cannot be a person's id: it is not positive, or a bot has it")
            self.users[user_id] = User(
                id=user_id, first_name=first_name or f"User {user_id}", username=username
            )
        return self.users[user_id]

    def add_group(
        self,
        title: str,
        user_ids: Iterable[int],
        tokens: Iterable[str] | None = None,
        *,
        basic: bool = False,
        forum: bool = False,
    ) -> Chat:
        """A supergroup of people and bots (all bots unless `tokens` names some), or a `basic` group."""
        users = {user_id: self.user(user_id) for user_id in user_ids}
        chosen = [self.bots[token] for token in (tokens if tokens is not None else self.bots)]
        group = Chat(
            id=self.new_group_id(basic=basic),
            title=title,
            users=users,
            bots={bot.id: bot for bot in chosen},
            started=True,
            basic=basic,
            forum=forum,
        )
        self.groups[group.id] = group
        for bot in chosen:
            self._member_changed(group, bot, next(iter(users.values())), "left", "member")
        self.changes.add("chat", group.id, users, title=title)
        return group

    def new_group_id(self, *, basic: bool) -> int:
        """Supergroups have ids below -1,000,000,000,000."""
        return -next(self._group_ids) - (0 if basic else 1_000_000_000_000)

    def user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise UnknownError(f"there is no user {user_id}")
        return self.users[user_id]

    def chat(self, user_id: int, chat: int | None = None) -> Chat:
        """The chat as this person sees it; a private one is made when first looked at."""
        user = self.user(user_id)
        if chat is not None and chat < 0:
            group = self.groups.get(chat)
            if group is None or user_id not in group.users:
                raise UnknownError(f"there is no group {chat} with user {user_id}")
            return group
        bot = next((bot for bot in self.bots.values() if chat in (None, bot.id)), None)
        if bot is None:
            raise UnknownError(f"there is no bot {chat}" if chat else "there is no bot")
        key = (bot.id, user_id)
        if key not in self.private:
            self.private[key] = Chat(
                id=user_id, bot=bot, user=user, users={user_id: user}, bots={bot.id: bot}
            )
        return self.private[key]

    def chats(self, user_id: int) -> list[Chat]:
        groups = [group for group in self.groups.values() if user_id in group.users and not group.upgraded_to]
        return [self.chat(user_id, bot.id) for bot in self.bots.values()] + groups

    def say(
        self,
        user_id: int,
        text: str,
        *,
        chat: int | None = None,
        reply_to: int | None = None,
        topic: int | None = None,
    ) -> Message:
        """The person writes; every bot of the chat gets the update. Writing unblocks nothing."""
        where = self.chat(user_id, chat)
        clean, entities = finished(text, [])
        if not clean:
            raise ValueError("an empty message cannot be sent")
        if where.blocked:
            raise ValueError("the user has blocked this bot: unblock it first")
        if where.upgraded_to or (topic is not None and topic not in where.topics):
            raise ValueError("the group is a supergroup now, or has no such topic")
        where.started = True
        message = Message(
            message_id=0,
            sender=self.user(user_id),
            date=self.now(),
            text=clean,
            entities=entities,
            topic=topic,
        )
        self.post(where, message)
        message.reply_to = reply_to if reply_to in where.messages else None
        self.tell_bots(where, message)
        return message

    def tap(self, user_id: int, message_id: int, data: str, *, chat: int | None = None) -> CallbackQuery:
        """The person taps a button that carries `data`; whether the message still shows it is not asked."""
        where = self.chat(user_id, chat)
        message = where.messages.get(message_id)
        bot = next((bot for bot in where.bots.values() if message and message.sender.id == bot.id), None)
        if message is None or message.deleted or bot is None:
            raise UnknownError(f"there is no message {message_id} of a bot in chat {where.seen_as}")
        query = CallbackQuery(
            id=str(next(self._query_ids)),
            user=self.user(user_id),
            bot=bot,
            chat=where,
            message_id=message_id,
            data=data,
            tapped_at=self.clock(),
        )
        self.queries[query.id] = query
        payload = {
            "id": query.id,
            "from": query.user.as_api(),
            "message": message_for_bot(where, message, self.people),
            "chat_instance": str(abs(hash((where.id, bot.id)))),
            "data": data,
        }
        bot.updates.push("callback_query", payload, chat_id=where.id, now=self.clock())
        return query

    def block(self, user_id: int, *, chat: int | None = None, blocked: bool = True) -> None:
        """Blocks (or unblocks) the bot of a private chat; removes it from (or returns it to) a group."""
        where = self.chat(user_id, chat)
        user = self.user(user_id)
        where.blocked = blocked
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        for bot in where.bots.values():
            if where.is_group:
                (where.kicked.add if blocked else where.kicked.discard)(bot.id)
            self._member_changed(where, bot, user, old, new)
        self.changes.add("blocked", where.seen_as, where.users, blocked=blocked)

    def call(
        self,
        token: str,
        method: str,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Upload] | None = None,
    ) -> Any:
        """One Bot API call; the `result` of its answer. Raises ApiError. getUpdates does not wait here."""
        return self.call_as(self.bot(token), method, params or {}, files or {})

    def bot(self, token: str) -> Bot:
        """Raises ApiError 401 with the text Telegram sends for it."""
        if token not in self.bots:
            well_formed = ":" in token and not token.startswith("0") and len(token) <= 80
            raise ApiError(401, "Unauthorized" if well_formed else "Unauthorized: invalid token specified")
        return self.bots[token]

    def call_as(self, bot: Bot, method: str, params: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        handler = METHODS.get(method.lower())
        if handler is None:
            raise ApiError(404, "Not Found: method not found")
        return handler(self, Call(bot, dict(params), dict(files)))

    @property
    def people(self) -> Mapping[int, User]:
        """Users and bots by id."""
        return {**self.users, **{bot.id: bot.user for bot in self.bots.values()}}

    def now(self) -> int:
        return int(self.clock())

    def messages(self, user_id: int, *, chat: int | None = None) -> list[dict[str, Any]]:
        """What the person sees in the chat, oldest first (see showing.message_for_person)."""
        where = self.chat(user_id, chat)
        kept = [message for message in where.messages.values() if not message.deleted]
        return [message_for_person(where, message, user_id, self.people) for message in kept]

    def state(self) -> dict[str, Any]:
        """Everything, for tests and tours: users, bots, chats with messages and history, button taps."""
        return state_of(self)

    def post(self, chat: Chat, message: Message) -> Message:
        """Numbers the message, puts it into the chat and shows it to its people."""
        owner = chat.bot or chat
        message.message_id, owner.next_message_id = owner.next_message_id, owner.next_message_id + 1
        chat.messages[message.message_id] = message
        self.show("new", chat, message)
        return message

    def show(self, kind: str, chat: Chat, message: Message) -> None:
        for user_id in chat.users:
            shown = message_for_person(chat, message, user_id, self.people)
            self.changes.add(kind, chat.seen_as, [user_id], message=shown)

    def tell_bots(self, chat: Chat, message: Message) -> None:
        payload = message_for_bot(chat, message, self.people)
        for bot in chat.bots.values():
            if bot.id not in chat.kicked:
                bot.updates.push("message", payload, chat_id=chat.id, now=self.clock())

    def _member_changed(self, chat: Chat, bot: Bot, by: User, old: str, new: str) -> None:
        payload = {
            "chat": chat.as_api(),
            "from": by.as_api(),
            "date": self.now(),
            "old_chat_member": _membership(bot, old),
            "new_chat_member": _membership(bot, new),
        }
        bot.updates.push("my_chat_member", payload, chat_id=chat.id, now=self.clock())


def _membership(bot: Bot, status: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"user": bot.user.as_api(), "status": status}
    return {**shown, "until_date": 0} if status == "kicked" else shown
