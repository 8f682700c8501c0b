"""A person in the local Telegram, for tests and the tour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self

import httpx

from demo.botapi.picture import Answer, Button, ChatChange, ChatMessage, draw_chat

_POLL_SECONDS = 20.0


class PersonError(Exception):
    """What the person wanted is not possible; the text says why and shows the chat where that helps."""


class Person:
    """Writes to a bot, taps its buttons and watches the chat, over HTTP.

    `server_url` is BotApiServer.url, `token` the bot's. The user is made if there is none with this id.
    `chat` is a group's id to be in that group instead of the private chat.

        async with Person(server.url, TOKEN, 1001, first_name="Master") as master:
            await master.say("/deploy")
            card = await master.wait_for(lambda message: "Approve" in message.labels, timeout=30)
            answer = await master.tap(card, "Approve")
            print(await master.chat())
    """

    def __init__(
        self,
        server_url: str,
        token: str,
        user_id: int,
        *,
        first_name: str = "",
        username: str | None = None,
        chat: int | None = None,
    ) -> None:
        self.user_id = user_id
        self.chat_id = chat if chat is not None else int(token.partition(":")[0])
        self._profile = {"id": user_id, "first_name": first_name, "username": username}
        self._known = False
        self._http = httpx.AsyncClient(base_url=server_url, timeout=_POLL_SECONDS + 10, trust_env=False)

    async def __aenter__(self) -> Self:
        await self._introduce()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def say(
        self, text: str, *, reply_to: ChatMessage | int | None = None, topic: int | None = None
    ) -> ChatMessage:
        """Sends a text; the message as it stands in the chat. Raises PersonError."""
        reply = reply_to.id if isinstance(reply_to, ChatMessage) else reply_to
        return ChatMessage.from_json(
            await self._post("messages", {"text": text, "reply_to": reply, "topic": topic})
        )

    async def tap(
        self, message: ChatMessage | int, button_text: str, *, timeout: float = 15.0
    ) -> Answer | None:
        """Taps the button of the message as it stands now and waits for the bot's answer.

        The button's whole text, or a part that only one button has. None when the bot has not answered
        within `timeout` seconds. Raises PersonError when there is no such button.
        """
        message_id = message.id if isinstance(message, ChatMessage) else message
        current = await self.message(message_id)
        button = _chosen(current, button_text)
        if not button.data:
            raise PersonError(f"the button {button.text!r} carries no callback data")
        return await self.tap_data(message_id, button.data, timeout=timeout)

    async def tap_data(
        self, message: ChatMessage | int, data: str, *, timeout: float = 15.0
    ) -> Answer | None:
        """Sends callback data of one's own choosing: a stale button, or a forged one."""
        message_id = message.id if isinstance(message, ChatMessage) else message
        body = {"message_id": message_id, "data": data, "wait": timeout}
        answer = (await self._post("taps", body, timeout=timeout + 10))["answer"]
        return Answer(answer["text"], answer["show_alert"]) if answer else None

    async def messages(self) -> list[ChatMessage]:
        """All messages of the chat that are not deleted, oldest first."""
        return [ChatMessage.from_json(shown) for shown in await self._get("messages")]

    async def message(self, message_id: int) -> ChatMessage:
        """Raises PersonError when it is not (or no longer) there."""
        for message in await self.messages():
            if message.id == message_id:
                return message
        raise PersonError(f"there is no message {message_id} in the chat")

    async def last(self) -> ChatMessage | None:
        """The newest message of the bot (or of anybody else)."""
        return next((m for m in reversed(await self.messages()) if not m.outgoing), None)

    async def wait_for(
        self,
        predicate: Callable[[ChatMessage], bool],
        timeout: float = 10.0,
        *,
        after: ChatMessage | int | None = None,
    ) -> ChatMessage:
        """The newest message of others that satisfies the predicate, waiting for one as long as it takes.

        Looks at what is there, then again at each new or edited message. `after`: only messages newer than
        this one. Raises TimeoutError, with the chat in its text, after `timeout` seconds.
        """
        oldest = after.id if isinstance(after, ChatMessage) else (after or 0)
        try:
            async with asyncio.timeout(timeout):
                seq = await self.position()
                for message in reversed(await self.messages()):
                    if not message.outgoing and message.id > oldest and predicate(message):
                        return message
                async for change in self.changes(after=seq):
                    seen = change.message
                    if change.kind not in ("new", "edited") or seen is None or seen.outgoing:
                        continue
                    if seen.id > oldest and predicate(seen):
                        return seen
        except TimeoutError:
            picture = await self.chat()
            raise TimeoutError(f"no such message within {timeout:g} s; the chat:\n{picture}") from None
        raise AssertionError("changes() never ends by itself")

    async def position(self) -> int:
        """The number of the latest change, to be handed to changes(after=…)."""
        return int((await self._get("changes", after=-1, wait=0))["last"])

    async def changes(self, *, after: int | None = None) -> AsyncIterator[ChatChange]:
        """What happens in the chat from now on (or after that number), as it happens; never ends."""
        seq = after if after is not None else await self.position()
        while True:
            found = await self._get("changes", after=seq, wait=_POLL_SECONDS)
            for shown in found["changes"]:
                if shown["chat"] == self.chat_id:
                    yield ChatChange.from_json(shown)
            seq = found["last"]

    async def chat(self) -> str:
        """The chat as plain text: bubbles with their keyboards."""
        return draw_chat(await self.messages())

    async def commands(self) -> list[dict[str, str]]:
        """The bot's command menu as this person sees it: `command` and `description`."""
        found: list[dict[str, str]] = await self._get("commands")
        return found

    async def download(self, message: ChatMessage) -> bytes:
        """The content of the message's file."""
        response = await self._http.get(f"/_/chats/{self.user_id}/files/{message.id}", params=self._where())
        return self._checked(response).content

    async def block(self) -> None:
        """Blocks the bot; in a group, removes the bots."""
        await self._post("block", {})

    async def unblock(self) -> None:
        await self._post("unblock", {})

    def _where(self) -> dict[str, Any]:
        return {"chat": self.chat_id}

    async def _introduce(self) -> None:
        if not self._known:
            self._checked(await self._http.post("/_/users", json=self._profile))
            self._known = True

    async def _get(self, what: str, **params: Any) -> Any:
        await self._introduce()
        path = f"/_/chats/{self.user_id}/{what}"
        return self._checked(await self._http.get(path, params={**self._where(), **params})).json()

    async def _post(self, what: str, body: dict[str, Any], timeout: float = 10.0) -> Any:
        await self._introduce()
        path = f"/_/chats/{self.user_id}/{what}"
        return self._checked(
            await self._http.post(path, params=self._where(), json=body, timeout=timeout)
        ).json()

    @staticmethod
    def _checked(response: httpx.Response) -> httpx.Response:
        if response.is_error:
            raise PersonError(response.text)
        return response


def _chosen(message: ChatMessage, text: str) -> Button:
    buttons = [button for row in message.buttons for button in row]
    exact = [button for button in buttons if button.text == text]
    fitting = exact or [button for button in buttons if text in button.text]
    if len(fitting) != 1:
        shown = ", ".join(repr(button.text) for button in buttons) or "none"
        raise PersonError(f"message {message.id} has {len(fitting)} buttons {text!r}; its buttons: {shown}")
    return fitting[0]
