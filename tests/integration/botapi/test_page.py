"""The chat page in a real Chromium. CHAT_SHOTS=<folder> keeps the screenshots."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from demo.botapi import BotApiServer, Person
from demo.botapi.waiting import wait_until
from tests.integration.botapi.browser import CHROMIUM, chromium
from tests.integration.botapi.conftest import MASTER, SECONDS, TOKEN

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

CARD = (
    "📋 <b>Plan</b> for <code>9be01f7</code>\n"
    "<blockquote expandable>one\ntwo\nthree\nfour\nfive</blockquote>"
    "&lt;img src=x onerror=alert(1)&gt; <tg-spoiler>hidden</tg-spoiler> "
    '<a href="https://example.com/">diff</a>\n<pre><code class="language-py">x &lt; 1</code></pre>'
)
KEYS = [
    [
        {"text": "Approve", "callback_data": "yes", "style": "success"},
        {"text": "Reject", "callback_data": "no", "style": "danger"},
    ],
    [{"text": "Copy SHA", "copy_text": {"text": "9be01f7"}}],
]


def say_js(text: str) -> str:
    return (
        f"(text.value = {text!r}, text.dispatchEvent(new Event('input')), "
        "document.getElementById('send').click(), true)"
    )


async def test_writing_tapping_and_live_edits(server: BotApiServer, tmp_path: Path) -> None:
    shots = Path(os.environ.get("CHAT_SHOTS", tmp_path))
    call = server.world.call
    call(TOKEN, "setMyCommands", {"commands": [{"command": "deploy", "description": "Deploy a branch"}]})
    async with chromium(tmp_path / "profile") as page:
        await page.open(f"{server.url}/?user={MASTER}&theme=light")
        await page.until("document.getElementById('start')?.hidden === false")
        await page.run("document.getElementById('start').click()")
        await page.until("document.querySelector('.message.out .rich')?.innerText.includes('/start')")
        assert server.world.messages(MASTER)[0]["text"] == "/start"

        card = {
            "chat_id": MASTER,
            "text": CARD,
            "parse_mode": "HTML",
            "reply_markup": {"inline_keyboard": KEYS},
        }
        sent = call(TOKEN, "sendMessage", card)
        await page.until("document.querySelector('.keys .success')")
        assert await page.run("document.querySelectorAll('img, body script').length") == 0
        assert "<img src=x" in await page.run("document.querySelector('.message:not(.out) .rich').innerText")
        assert await page.run("document.querySelector('.rich a').href") == "https://example.com/"
        await page.run("document.querySelector('.folding').click()")
        await page.run("document.querySelector('.spoiler').click()")
        await page.screenshot(shots / "light.png")

        await page.run("document.querySelector('.keys .success').click()")
        await page.until("document.querySelector('.keys .waiting')")
        # the page shows that it waits before the tap has arrived
        updates = server.world.bots[TOKEN].updates
        await wait_until(updates.listen, lambda: server.world.queries or None, SECONDS)
        [query] = server.world.queries.values()
        assert query.data == "yes"
        edited = {"chat_id": MASTER, "message_id": sent["message_id"], "parse_mode": "HTML"}
        call(TOKEN, "editMessageText", {**edited, "text": CARD + "\nApproved"})
        call(TOKEN, "answerCallbackQuery", {"callback_query_id": query.id, "text": "On its way"})
        await page.until("!toast.hidden && toast.innerText === 'On its way'")
        await page.until("document.querySelector('.message:not(.out) .meta').innerText.startsWith('edited')")
        assert await page.run("document.querySelector('.keys')") is None
        assert await page.run("document.querySelectorAll('.folding.open, .spoiler.open').length === 2")

        await page.run("(text.value = '/de', text.dispatchEvent(new Event('input')), true)")
        await page.until("!menu.hidden && menu.innerText.includes('Deploy a branch')")
        await page.run(say_js("<b>not bold</b>"))
        await page.until(
            "[...document.querySelectorAll('.out')].at(-1).innerText.includes('<b>not bold</b>')"
        )
        assert page.errors == []


async def test_it_fits_a_phone_and_the_dark(server: BotApiServer, tmp_path: Path) -> None:
    shots = Path(os.environ.get("CHAT_SHOTS", tmp_path))
    server.world.say(MASTER, "/start")
    wide = {
        "inline_keyboard": [[{"text": f"A rather long label {n}", "callback_data": str(n)} for n in range(4)]]
    }
    text = "<pre>" + "wide " * 40 + "</pre>\n" + "x" * 300
    card = {"chat_id": MASTER, "text": text, "parse_mode": "HTML", "reply_markup": wide}
    server.world.call(TOKEN, "sendMessage", card)
    async with chromium(tmp_path / "profile") as page:
        await page.open(f"{server.url}/?user={MASTER}&theme=dark", width=390, height=844)
        await page.until("document.querySelector('.keys')")
        overflow = "document.documentElement.scrollWidth <= innerWidth && scroll.scrollWidth <= innerWidth"
        assert await page.run(overflow.replace("scroll.scroll", "document.getElementById('scroll').scroll"))
        assert await page.run("getComputedStyle(document.body).colorScheme") == "dark"
        await page.screenshot(shots / "phone-dark.png")
        await page.run("document.getElementById('back').click()")
        await page.until("document.querySelector('#chats button').offsetWidth > 300")
        await page.screenshot(shots / "phone-chats.png")


async def test_what_is_dropped_while_it_loads_is_asked_for_again(
    server: BotApiServer, tmp_path: Path
) -> None:
    async with chromium(tmp_path / "profile") as page:
        await page.send("Network.enable")
        await page.send("Network.setBlockedURLs", urls=["*/page/bubbles.js"])
        await page.send("Page.navigate", url=f"{server.url}/?user={MASTER}")
        times = "sessionStorage.getItem('loaded again')"
        await page.until(f"{times} === '3' && document.readyState === 'complete'")
        assert await page.run("document.querySelectorAll('#me option').length") == 0
        await page.send("Network.setBlockedURLs", urls=[])
        await page.open(f"{server.url}/?user={MASTER}")
        await page.until(f"{times} === null")


async def test_a_stranger_and_a_block(server: BotApiServer, tmp_path: Path) -> None:
    async with Person(server.url, TOKEN, 1002, first_name="Stranger") as stranger, chromium(tmp_path) as page:
        await stranger.say("let me in")
        await page.open(f"{server.url}/?user=1002")
        await page.until("document.querySelectorAll('.message').length === 1")
        await page.run("document.getElementById('block').click()")
        await page.until("document.getElementById('start').innerText === 'UNBLOCK'")
        assert server.world.chat(1002).blocked
        await page.run("document.getElementById('start').click()")
        await page.until("document.getElementById('start').hidden")
        assert not server.world.chat(1002).blocked
