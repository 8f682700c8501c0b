import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from inmemory import Clock

from server_agent.errors import DeliveryError
from server_agent.telegram import CHECK_LASTS_SECONDS, Telegram, refusal

TOKEN = "1234567:made-up"
NO_ONE_LISTENS = "http://127.0.0.1:1"


class Api:
    """A Bot API of two methods on loopback."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.answer: object = {"ok": True, "result": {"username": "agent_bot"}}

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append((request.path, await request.json()))
        return web.json_response(self.answer)

    def server(self) -> TestServer:
        app = web.Application()
        app.router.add_post("/{path:.*}", self.handle)
        return TestServer(app)


async def test_an_answer_is_sent_as_plain_text() -> None:
    api = Api()
    async with api.server() as server:
        telegram = Telegram(str(server.make_url("")).rstrip("/"), TOKEN)
        await telegram.send(5, "<b>")
        await telegram.close()
    assert api.calls == [(f"/bot{TOKEN}/sendMessage", {"chat_id": 5, "text": "<b>"})]


async def test_get_me_is_asked_at_most_every_half_minute() -> None:
    api, clock = Api(), Clock()
    async with api.server() as server:
        telegram = Telegram(str(server.make_url("")).rstrip("/"), TOKEN, clock)
        first = await telegram.check()
        api.answer = {"ok": False, "error_code": 401, "description": "Unauthorized"}
        assert await telegram.check() is first
        clock.seconds += CHECK_LASTS_SECONDS + 1
        second = await telegram.check()
        await telegram.close()
    assert first.as_json() == {"status": "ok", "bot": "agent_bot"}
    assert second.as_json() == {"status": "degraded", "detail": "Telegram refused: Unauthorized"}
    assert len(api.calls) == 2


async def test_an_answer_that_is_no_object_is_an_error() -> None:
    api = Api()
    api.answer = [1]
    async with api.server() as server:
        telegram = Telegram(str(server.make_url("")).rstrip("/"), TOKEN)
        with pytest.raises(DeliveryError, match="not an object"):
            await telegram.send(5, "hi")
        await telegram.close()


async def test_an_unreachable_api_is_told_without_the_token() -> None:
    telegram = Telegram(NO_ONE_LISTENS, TOKEN)
    with pytest.raises(DeliveryError) as caught:
        await telegram.send(5, "hi")
    await telegram.close()
    assert str(caught.value) == "Telegram cannot be reached (ClientConnectorError)"
    assert caught.value.retry_after == 0


async def test_without_a_token_telegram_is_disabled() -> None:
    telegram = Telegram(NO_ONE_LISTENS, "")
    assert (await telegram.check()).status == "disabled"
    assert not telegram.enabled
    await telegram.close()


@pytest.mark.parametrize(
    ("body", "retry_after"),
    [
        ({"error_code": 429, "parameters": {"retry_after": 17}}, 17.0),
        ({"error_code": 429}, 1.0),
        ({"error_code": 502}, 0),
        ({"error_code": 401}, 0),
        ({}, 0),
        ({"error_code": 403, "description": "Forbidden: bot was blocked by the user"}, None),
        ({"error_code": 400}, None),
    ],
)
def test_which_refusals_pass(body: dict[str, object], retry_after: float | None) -> None:
    assert refusal(body).retry_after == retry_after
