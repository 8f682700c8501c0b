"""A real Chromium, driven over its debugging socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--window-size=1180,860",
)
_SECONDS = 120.0
"""For an answer of Chromium on a busy machine."""
_LOAD_SECONDS, _OPENINGS = 45.0, 4


class Refused(Exception):
    """Chromium does not carry out a command, as where the page has gone that it was about."""


class Page:
    """One tab. Values cross as JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.errors: list[str] = []

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads((await self._socket.receive(timeout=_SECONDS)).data)
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(message["params"])[:500])
            if message.get("id") == number:
                if "error" in message:
                    raise Refused(message["error"])
                result: dict[str, Any] = message["result"]
                return result

    async def open(self, url: str, *, width: int = 1180, height: int = 860) -> None:
        """Returns when the chat page is at work. Chromium drops what it is loading when Docker makes or takes
        away a network; what the page does not ask for again by itself is opened again, a few times."""
        await self.send("Runtime.enable")
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        for _ in range(_OPENINGS):
            answer = await self.send("Page.navigate", url=url)
            if "errorText" in answer:
                await asyncio.sleep(1)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOAD_SECONDS):
                    return await self._loaded()
        raise AssertionError(f"{url} was never loaded; {await self._looks()}")

    async def _loaded(self) -> None:
        while not await self._true("document.querySelector('#me option')"):
            pass

    async def _true(self, condition: str) -> bool:
        """In the next frame; a page that is just left says no."""
        try:
            return bool(
                await self.run(f"new Promise(r => requestAnimationFrame(() => r(Boolean({condition}))))")
            )
        except Refused:
            return False

    async def run(self, script: str) -> Any:
        """The value of the JavaScript expression; a promise is awaited."""
        answer = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, condition: str, seconds: float = 90) -> None:
        """Waits in the page, frame by frame, until the expression is true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self._true(condition):
            late = asyncio.get_running_loop().time() >= deadline
            assert not late, f"never true: {condition}\n{await self._looks()}"

    async def _looks(self) -> str:
        body = await self.run("document.body?.innerText")
        loaded = await self.run("performance.getEntriesByType('resource').map((each) => each.name)")
        return f"{body}\nloaded: {loaded}\nerrors: {self.errors}"

    async def screenshot(self, path: Path, *, whole: str | None = None) -> None:
        """`whole` selects an element that is shown as a whole, however high it is."""
        how: dict[str, Any] = {}
        if whole is not None:
            box = await self.run(
                f"(({{x, y, width, height}}) => ({{x, y, width, height}}))"
                f"(document.querySelector({whole!r}).getBoundingClientRect())"
            )
            how = {"clip": {**box, "scale": 1}, "captureBeyondViewport": True}
        answer = await self.send("Page.captureScreenshot", format="png", **how)
        path.write_bytes(base64.b64decode(answer["data"]))


async def _first_tab(http: aiohttp.ClientSession, port: str) -> str:
    """Its socket; Chromium may listen before it has a tab."""
    async with asyncio.timeout(_SECONDS):
        while True:
            async with http.get(f"http://127.0.0.1:{port}/json") as answer:
                tabs = [target for target in await answer.json() if target["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.1)


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Page]:
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *_FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(_SECONDS):
            while b"DevTools listening on" not in (line := await process.stderr.readline()):
                assert line, "chromium ended before it listened"
        drain = asyncio.create_task(process.stderr.read())
        port = line.decode().split("127.0.0.1:")[1].split("/")[0]
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(await _first_tab(http, port), max_msg_size=0) as socket,
        ):
            yield Page(socket)
        process.terminate()
        await drain
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
