"""`/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from demo.botapi.errors import ApiError, conflict, too_many_requests
from demo.botapi.faults import Fault, Faults
from demo.botapi.incoming import read_request
from demo.botapi.params import Call
from demo.botapi.polling import LongPolls
from demo.botapi.webhooks import WebhookDelivery
from demo.botapi.world import World

_CONFLICT = 409
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_REASONS = {413: "Request Entity Too Large", 502: "Bad Gateway", 503: "Service Unavailable"}


class BotRoutes:
    def __init__(self, world: World, faults: Faults, webhooks: WebhookDelivery) -> None:
        self._world = world
        self._faults = faults
        self._webhooks = webhooks
        self._polls = LongPolls(world)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", r"/bot{token:[^/]+}/{method:[^/]*}", self._call),
            web.get(r"/file/bot{token:[^/]+}/{path:.+}", self._file),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fault = self._faults.next_for(method, request.match_info["token"])
        if fault is not None and fault.kind != "drop_after":
            return await _troubled(request, fault)
        try:
            answer = web.json_response({"ok": True, "result": await self._result(request, method)})
        except ApiError as error:
            if error.code == _CONFLICT and request.transport is not None:
                self._world.conflicts += 1
            answer = _refused(error)
        except web.HTTPRequestEntityTooLarge:
            answer = _refused(ApiError(413, "Request Entity Too Large"))
        return _dropped(request) if fault else answer

    async def _result(self, request: web.Request, method: str) -> Any:
        if request.method not in ("GET", "POST"):
            raise ApiError(404, "Not Found")
        bot = self._world.bot(request.match_info["token"])
        params, files = await read_request(request)
        name = method.lower()
        if name == "getupdates":
            return await self._polls.get_updates(Call(bot, params, files))
        result = self._world.call_as(bot, name, params, files)
        if name in ("setwebhook", "deletewebhook"):
            if bot.webhook:
                self._polls.end(bot.id, conflict("Conflict: terminated by setWebhook request"))
            self._webhooks.look()
        return result

    async def _file(self, request: web.Request) -> web.Response:
        try:
            self._world.bot(request.match_info["token"])
        except ApiError as error:
            return _refused(error)
        path = request.match_info["path"]
        file = next((file for file in self._world.files.values() if file.path == path), None)
        if file is None:
            return _refused(ApiError(404, "Not Found"))
        return web.Response(body=file.content, content_type="application/octet-stream")


def _refused(error: ApiError) -> web.Response:
    retry_after = error.parameters.get("retry_after")
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    return web.json_response(error.body(), status=error.code, headers=headers)


async def _troubled(request: web.Request, fault: Fault) -> web.Response:
    match fault.kind:
        case "flood":
            return _refused(too_many_requests(fault.retry_after))
        case "error":
            status = fault.status or 500
            return _refused(ApiError(status, fault.description or "Internal Server Error"))
        case "html":
            status = fault.status or 502
            title = f"{status} {_REASONS.get(status, 'Error')}"
            return web.Response(status=status, text=_HTML.format(title), content_type="text/html")
        case "hang":
            await asyncio.sleep(fault.hang_seconds)
            return _dropped(request)
        case "drop" | "drop_after":
            return _dropped(request)


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
