"""Photographs the cards of the gallery as the chat page shows it, at a phone's width, light and dark.

`make cards` writes docs/images/cards; with words, only the sheets of those names. Without a font for emoji
(fonts-noto-color-emoji) the signs are empty boxes.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.outbox import keyboard
from demo.botapi import BotApiServer, World
from pipeline.wording.words import SIGNS
from tests.integration.botapi.browser import CHROMIUM, Page, chromium
from tests.pictures.png import packed
from tests.unit.bot.cards.gallery import GALLERY
from tests.unit.bot.cards.gallery.example import Sheet

FOLDER = Path(__file__).parents[2] / "docs/images/cards"
TOKEN = "7000000001:pictures"
MASTER = 1001
COLUMNS = 2
PHONE = 390
GAP = 22
_SIGNS = ", ".join(sorted({f"U+{ord(sign[0]):X}" for sign in SIGNS}))
_STYLE = f"""
@font-face {{ font-family: signs; src: local("Noto Color Emoji"); unicode-range: {_SIGNS} }}
body {{ font-family: signs, system-ui, "DejaVu Sans", sans-serif !important }}
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
    return 0


async def _sheet(page: Page, title: str, sheet: Sheet) -> None:
    pictured = [example for example in sheet.values() if example.pictured]
    world = World(flood=None)
    world.add_bot(TOKEN, username="deploy_bot", first_name="Deploy")
    world.add_user(MASTER, "Ada")
    async with BotApiServer(world) as server:
        world.say(MASTER, "/start")
        session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
        async with Bot(TOKEN, session=session) as bot:
            for example in pictured:
                card = example.card
                await bot.send_message(MASTER, card.text, parse_mode="HTML", reply_markup=keyboard(card))
        for theme in ("light", "dark"):
            await page.open(f"{server.url}/?user={MASTER}&theme={theme}", width=COLUMNS * (PHONE + GAP) + 6)
            await page.until(
                f"location.origin === {server.url!r} && document.documentElement.dataset.theme === {theme!r}"
                f" && document.querySelectorAll('.message:not(.out)').length === {len(pictured)}"
            )
            await page.run(
                "(document.adoptedStyleSheets = [new CSSStyleSheet()],"
                f" document.adoptedStyleSheets[0].replaceSync({_STYLE!r}),"
                " document.querySelector('.message.out').remove(), true)"
            )
            path = FOLDER / f"{title}-{theme}.png"
            await page.screenshot(path, whole="#messages")
            path.write_bytes(packed(path.read_bytes()))
            sys.stdout.write(f"{path.name}: {path.stat().st_size / 1024:.0f} kB\n")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
