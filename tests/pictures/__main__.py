"""Photographs the cards of the gallery as the chat page shows it, at a phone's width, light and dark.

`make cards` writes docs/images/cards, and the chat of the README; with words, only the sheets of those names.
Without a font for emoji (fonts-noto-color-emoji) the signs are empty boxes.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import ReplyParameters

from bot.keyboard import keyboard
from demo.botapi import BotApiServer, World
from pipeline.wording.words import SIGNS
from tests.integration.botapi.browser import CHROMIUM, Page, chromium
from tests.pictures.png import packed
from tests.unit.bot.cards.gallery import GALLERY
from tests.unit.bot.cards.gallery.example import Sheet

FOLDER = Path(__file__).parents[2] / "docs/images/cards"
CHAT = FOLDER.parent / "chat.png"
TOKEN = "7000000001:pictures"
MASTER = 1001
COLUMNS = 2
PHONE = 390
GAP = 22
_SIGNS = ", ".join(sorted({f"U+{ord(sign[0]):X}" for sign in SIGNS}))
_FONT = f"""
@font-face {{ font-family: signs; src: local("Noto Color Emoji"); unicode-range: {_SIGNS} }}
body {{ font-family: signs, system-ui, "DejaVu Sans", sans-serif !important }}
"""
_PLAIN = f"{_FONT} #chat, #scroll {{ background: var(--paper-b) }}"
_STYLE = f"""{_FONT}
#side, .bar, footer, #pin, #down, .line, .meta {{ display: none !important }}
html, body {{ display: block; height: auto; overflow: visible }}
#chat, #scroll {{ display: block; height: auto; overflow: visible; background: var(--paper-b) }}
#messages {{ display: block; columns: {COLUMNS}; column-gap: {GAP}px; max-width: none; min-height: 0;
  margin: 0; padding: 14px }}
.message {{ break-inside: avoid; margin: 0 0 {GAP}px !important; max-width: {PHONE}px }}
.message .bubble {{ box-shadow: none }}
"""


async def main(only: list[str]) -> int:
    if CHROMIUM is None:
        sys.stderr.write("There is no Chromium on this machine, so no pictures were taken.\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        async with chromium(Path(profile)) as page:
            for title, sheet in GALLERY.items():
                if not only or title in only:
                    await _sheet(page, title, sheet)
            if not only or CHAT.stem in only:
                await _chat(page)
    return 0


async def _chat(page: Page) -> None:
    """The picture of the README: a deploy that waits for its plan to be answered."""
    run, plan = (GALLERY["progress"]["waits for approval"].card, GALLERY["plan"]["a deploy that waits"].card)
    async with _telegram() as (server, bot):
        server.world.say(MASTER, "/deploy")
        shown = await bot.send_message(MASTER, run.text, parse_mode="HTML", reply_markup=keyboard(run))
        await bot.send_message(
            MASTER,
            plan.text,
            parse_mode="HTML",
            reply_markup=keyboard(plan),
            reply_parameters=ReplyParameters(message_id=shown.message_id),
        )
        await _open(page, server, "light", count=2, style=_PLAIN, width=1040, height=1270)
        await page.screenshot(CHAT)
    _pack(CHAT)


async def _sheet(page: Page, title: str, sheet: Sheet) -> None:
    cards = [example.card for example in sheet.values() if example.pictured]
    async with _telegram() as (server, bot):
        server.world.say(MASTER, "/start")
        for card in cards:
            await bot.send_message(MASTER, card.text, parse_mode="HTML", reply_markup=keyboard(card))
        for theme in ("light", "dark"):
            path = FOLDER / f"{title}-{theme}.png"
            width = COLUMNS * (PHONE + GAP) + 6
            await _open(page, server, theme, count=len(cards), style=_STYLE, width=width)
            await page.run("(document.querySelector('.message.out').remove(), true)")
            await page.screenshot(path, whole="#messages")
            _pack(path)


@asynccontextmanager
async def _telegram() -> AsyncIterator[tuple[BotApiServer, Bot]]:
    world = World(flood=None)
    world.add_bot(TOKEN, username="deploy_bot", first_name="Server Agent")
    world.add_user(MASTER, "Ada")
    async with BotApiServer(world) as server:
        session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
        async with Bot(TOKEN, session=session) as bot:
            yield server, bot


async def _open(
    page: Page,
    server: BotApiServer,
    theme: str,
    *,
    count: int,
    style: str,
    width: int,
    height: int = 860,
) -> None:
    """The chat as the page shows it, once it holds `count` cards, with a style of ours."""
    await page.open(f"{server.url}/?user={MASTER}&theme={theme}", width=width, height=height)
    await page.until(
        f"location.origin === {server.url!r} && document.documentElement.dataset.theme === {theme!r}"
        f" && document.querySelectorAll('.message:not(.out)').length === {count}"
    )
    await page.run(
        "(document.adoptedStyleSheets = [new CSSStyleSheet()],"
        f" document.adoptedStyleSheets[0].replaceSync({style!r}), true)"
    )


def _pack(path: Path) -> None:
    path.write_bytes(packed(path.read_bytes()))
    sys.stdout.write(f"{path.name}: {path.stat().st_size / 1024:.0f} kB\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
