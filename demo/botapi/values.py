"""The things of the local Telegram: people, bots, chats, messages, files, button taps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from demo.botapi.entities import Entity
from demo.botapi.flood import FloodControl
from demo.botapi.keyboard import Markup
from demo.botapi.updates import UpdateQueue


@dataclass(frozen=True, kw_only=True)
class User:
    id: int
    first_name: str
    username: str | None = None
    is_bot: bool = False
    language_code: str | None = "en"

    def as_api(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(kw_only=True)
class Webhook:
    """`last_error` is what the last failed delivery said, `last_error_date` when, in Unix seconds."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


@dataclass(kw_only=True)
class Bot:
    """`commands` by (scope key, language code), see methods/commands.py."""

    token: str
    user: User
    flood: FloodControl
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    webhook: Webhook | None = None
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    next_message_id: int = 1

    @property
    def id(self) -> int:
        return self.user.id


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """`path` is what getFile tells and what stands behind /file/bot<token>/."""

    file_id: str
    name: str
    path: str
    mime_type: str
    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0


@dataclass(frozen=True, kw_only=True)
class Attachment:
    kind: str  # document or photo
    file: StoredFile


@dataclass(kw_only=True)
class Message:
    """`text` and `entities` are the caption when there is an attachment. Dates in Unix seconds.

    `topic` is the message_thread_id of a group's topic. `service` is what a notice of Telegram's own carries
    instead of a text, such as `{"migrate_to_chat_id": …}`.
    `edits` holds what the message was before each edit, oldest first. `silent`: no phone rang for it.
    """

    message_id: int
    sender: User
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    markup: Markup | None = None
    attachment: Attachment | None = None
    reply_to: int | None = None
    pinned_message: int | None = None
    topic: int | None = None
    service: dict[str, Any] = field(default_factory=dict)
    edit_date: int | None = None
    deleted: bool = False
    silent: bool = False
    edits: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[int, list[str]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Chat:
    """A private chat of one user with one bot, or a group.

    `id` is the chat_id that bots use: the user's id or the group's negative one. `started`: the user has
    written to the bot or pressed Start, so the bot may write. `basic`: a group that is no supergroup yet;
    `upgraded_to` the supergroup that it has become. `topics` of a forum, by message_thread_id. `forbidden` is
    what nobody but its administrators may send there: `text messages`, `documents`, `photos`.
    """

    id: int
    title: str = ""
    bot: Bot | None = None
    user: User | None = None
    users: dict[int, User] = field(default_factory=dict)
    bots: dict[int, Bot] = field(default_factory=dict)
    kicked: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    started: bool = False
    blocked: bool = False
    basic: bool = False
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    upgraded_to: int | None = None
    next_message_id: int = 1

    @property
    def is_group(self) -> bool:
        return self.id < 0

    @property
    def kind(self) -> str:
        """As Telegram names its type."""
        if not self.is_group:
            return "private"
        return "group" if self.basic else "supergroup"

    @property
    def seen_as(self) -> int:
        """The chat's id as a person knows it: the bot's id, or the group's."""
        return self.bot.id if self.bot else self.id

    def as_api(self) -> dict[str, Any]:
        if self.user is None:
            group: dict[str, Any] = {"id": self.id, "type": self.kind, "title": self.title}
            return {**group, "is_forum": True} if self.forum else group
        shown: dict[str, Any] = {"id": self.id, "type": "private", "first_name": self.user.first_name}
        return {**shown, "username": self.user.username} if self.user.username else shown


@dataclass(kw_only=True)
class CallbackQuery:
    """One tap. `answer` is `{"text", "show_alert", "url"}` once the bot has answered."""

    id: str
    user: User
    bot: Bot
    chat: Chat
    message_id: int
    data: str
    tapped_at: float
    answer: dict[str, Any] | None = None
