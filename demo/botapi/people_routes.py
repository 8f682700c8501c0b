"""`/_/…`: what the chat page, test persons and tours use. Nothing of this exists in Telegram.

Users     GET, POST /_/users {id, first_name, username} · POST /_/groups {title, users: [id], tokens?,
          basic?, forum?} · POST /_/groups/<id>/topics {name} · POST /_/groups/<id>/upgrade
Chats     GET /_/chats/<user>
One chat  (`?chat=` bot id or group id, default: the first bot)
          GET /_/chats/<user>/messages · POST {text, reply_to?, topic?}
          GET …/commands · GET …/files/<message id>
          POST …/taps {message_id, data, wait?: seconds} · POST …/block · POST …/unblock
Live      GET /_/chats/<user>/changes?after=<seq>&wait=<seconds>
          GET /_/chats/<user>/stream?after=<seq> (server-sent events)
Tests     GET /_/state · GET, POST, DELETE /_/faults
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web

from demo.botapi.changes import Change
from demo.botapi.faults import Faults
from demo.botapi.groups import add_topic, upgrade
from demo.botapi.methods.commands import commands_for
from demo.botapi.values import Chat
from demo.botapi.waiting import wait_until
from demo.botapi.world import UnknownError, World

MAX_WAIT = 60.0
_KEEP_ALIVE = 15.0
_PICTURES = ("image/png", "image/jpeg", "image/gif")


@web.middleware
async def refuse_politely(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Wrong input as plain text: 404 for what does not exist, 403 for other sites' pages, else 400."""
    if not request.path.startswith("/_/"):
        return await handler(request)
    if urlsplit(request.headers.get("Origin", "")).netloc not in ("", request.host):
        return web.Response(status=403, text="another site's page may not act here")
    try:
        return await handler(request)
    except UnknownError as error:
        return web.Response(status=404, text=str(error))
    except (KeyError, TypeError, ValueError) as error:
        return web.Response(status=400, text=f"{type(error).__name__}: {error}")


class PeopleRoutes:
    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        person = r"/_/chats/{user:\d+}"
        return [
            web.get("/_/users", self._users),
            web.post("/_/users", self._add_user),
            web.post("/_/groups", self._add_group),
            web.post(r"/_/groups/{group:-\d+}/topics", self._add_topic),
            web.post(r"/_/groups/{group:-\d+}/upgrade", self._upgrade),
            web.get(person, self._chats),
            web.get(f"{person}/messages", self._messages),
            web.post(f"{person}/messages", self._say),
            web.post(f"{person}/taps", self._tap),
            web.post(f"{person}/block", self._block),
            web.post(f"{person}/unblock", self._block),
            web.get(f"{person}/commands", self._commands),
            web.get(f"{person}/files/{{message:\\d+}}", self._file),
            web.get(f"{person}/changes", self._changes),
            web.get(f"{person}/stream", self._stream),
            web.get("/_/state", self._state),
            web.get("/_/faults", self._pending_faults),
            web.post("/_/faults", self._add_fault),
            web.delete("/_/faults", self._clear_faults),
        ]

    async def _users(self, _request: web.Request) -> web.Response:
        return web.json_response([user.as_api() for user in self._world.users.values()])

    async def _add_user(self, request: web.Request) -> web.Response:
        body = await request.json()
        user = self._world.add_user(int(body["id"]), body.get("first_name") or "", body.get("username"))
        return web.json_response(user.as_api())

    async def _add_group(self, request: web.Request) -> web.Response:
        body = await request.json()
        group = self._world.add_group(
            body["title"],
            body["users"],
            body.get("tokens"),
            basic=bool(body.get("basic")),
            forum=bool(body.get("forum")),
        )
        return web.json_response(group.as_api())

    async def _add_topic(self, request: web.Request) -> web.Response:
        name = (await request.json())["name"]
        topic = add_topic(self._world, int(request.match_info["group"]), name)
        return web.json_response({"message_thread_id": topic, "name": name})

    async def _upgrade(self, request: web.Request) -> web.Response:
        return web.json_response(upgrade(self._world, int(request.match_info["group"])).as_api())

    async def _chats(self, request: web.Request) -> web.Response:
        user_id = int(request.match_info["user"])
        shown = [self._chat_summary(user_id, chat) for chat in self._world.chats(user_id)]
        return web.json_response({"chats": shown, "last": self._world.changes.last})

    async def _messages(self, request: web.Request) -> web.Response:
        user_id, chat = self._place(request)
        return web.json_response(self._world.messages(user_id, chat=chat.seen_as))

    async def _say(self, request: web.Request) -> web.Response:
        user_id, chat = self._place(request)
        body = await request.json()
        sent = self._world.say(
            user_id,
            body["text"],
            chat=chat.seen_as,
            reply_to=body.get("reply_to"),
            topic=body.get("topic"),
        )
        shown = self._world.messages(user_id, chat=chat.seen_as)
        return web.json_response(next(one for one in shown if one["message_id"] == sent.message_id))

    async def _tap(self, request: web.Request) -> web.Response:
        user_id, chat = self._place(request)
        body = await request.json()
        query = self._world.tap(user_id, int(body["message_id"]), body["data"], chat=chat.seen_as)
        seconds = min(float(body.get("wait") or 0), MAX_WAIT)
        answer = await wait_until(self._world.changes.listen, lambda: query.answer, seconds)
        return web.json_response({"query_id": query.id, "answer": answer})

    async def _block(self, request: web.Request) -> web.Response:
        user_id, chat = self._place(request)
        blocked = request.path.endswith("/block")
        self._world.block(user_id, chat=chat.seen_as, blocked=blocked)
        return web.json_response({"blocked": blocked})

    async def _commands(self, request: web.Request) -> web.Response:
        user_id, chat = self._place(request)
        return web.json_response(self._menu(user_id, chat))

    async def _file(self, request: web.Request) -> web.Response:
        _, chat = self._place(request)
        message = chat.messages.get(int(request.match_info["message"]))
        if message is None or message.attachment is None or message.deleted:
            raise UnknownError("there is no such file in the chat")
        file = message.attachment.file
        is_picture = message.attachment.kind == "photo" and file.mime_type in _PICTURES
        is_read = is_picture or file.mime_type == "text/plain"
        name = "".join(char for char in file.name if char.isalnum() or char in " ._-")
        return web.Response(
            body=file.content,
            content_type=file.mime_type if is_read else "application/octet-stream",
            headers={
                "Content-Disposition": "inline" if is_read else f"attachment; filename*=UTF-8''{quote(name)}",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _changes(self, request: web.Request) -> web.Response:
        user_id = self._world.user(int(request.match_info["user"])).id
        after = int(request.query.get("after", "-1"))
        last = self._world.changes.last
        if after < 0:
            return web.json_response({"changes": [], "last": last})
        found = await wait_until(
            self._world.changes.listen,
            partial(self._news, after, user_id),
            min(float(request.query.get("wait", "0")), MAX_WAIT),
        )
        shown = [change.as_json() for change in found or []]
        return web.json_response({"changes": shown, "last": max([after, *(one["seq"] for one in shown)])})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        user_id = self._world.user(int(request.match_info["user"])).id
        resumed = request.headers.get("Last-Event-ID") or request.query.get("after")
        seq = int(resumed) if resumed else self._world.changes.last
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        await response.write(b"retry: 1000\n\n")
        try:
            while True:
                found = await wait_until(
                    self._world.changes.listen,
                    partial(self._news, seq, user_id),
                    _KEEP_ALIVE,
                )
                for change in found or []:
                    body = json.dumps(change.as_json(), ensure_ascii=False)
                    await response.write(f"id: {change.seq}\ndata: {body}\n\n".encode())
                    seq = change.seq
                if not found:
                    await response.write(b": still here\n\n")
        except ConnectionResetError:
            return response

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._world.state())

    async def _pending_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(fault) for fault in self._faults.pending()])

    async def _add_fault(self, request: web.Request) -> web.Response:
        body = await request.json()
        kind, methods = body.pop("kind"), body.pop("methods", [])
        return web.json_response(asdict(self._faults.add(kind, *methods, **body)))

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response([])

    def _news(self, after: int, user_id: int) -> list[Change] | None:
        return self._world.changes.after(after, user_id) or None

    def _place(self, request: web.Request) -> tuple[int, Chat]:
        user_id = int(request.match_info["user"])
        chat = request.query.get("chat")
        return user_id, self._world.chat(user_id, int(chat) if chat else None)

    def _menu(self, user_id: int, chat: Chat) -> list[dict[str, str]]:
        language = self._world.user(user_id).language_code or ""
        return [
            command for bot in chat.bots.values() for command in commands_for(bot, chat, user_id, language)
        ]

    def _chat_summary(self, user_id: int, chat: Chat) -> dict[str, Any]:
        shown = self._world.messages(user_id, chat=chat.seen_as)
        return {
            "id": chat.seen_as,
            "title": chat.bot.user.first_name if chat.bot else chat.title,
            "username": chat.bot.user.username if chat.bot else None,
            "group": chat.is_group,
            "members": [user.first_name for user in chat.users.values()] if chat.is_group else [],
            "started": chat.started,
            "blocked": chat.blocked,
            "pinned": chat.pinned,
            "last_message": shown[-1] if shown else None,
        }
