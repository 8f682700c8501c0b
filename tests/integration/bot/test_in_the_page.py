"""Status, deploy and approval as a person meets them: typed and tapped in the chat page, in Chromium."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.model.states import RunState, StageName
from tests.integration.bot.house import MASTER, Hand, House
from tests.integration.botapi.browser import CHROMIUM, Page, chromium

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

BUBBLES = "[...document.querySelectorAll('.message:not(.out)')]"


async def _shown(page: Page, *words: str, where: str = BUBBLES) -> None:
    every = " && ".join(f"bubble.innerText.includes({json.dumps(word)})" for word in words)
    await page.until(f"{where}.some((bubble) => {every})", 150)


async def _type(page: Page, words: str) -> None:
    await page.run(
        f"(text.value = {json.dumps(words)}, text.dispatchEvent(new Event('input')), "
        "document.getElementById('send').click(), true)"
    )


async def _tap(page: Page, label: str) -> None:
    button = (
        f"[...document.querySelectorAll('.keys button')].findLast((key) => key.textContent === '{label}')"
    )
    await page.until(button)
    await page.run(f"{button}.click()")


async def test_status_deploy_and_approve(house: House, tmp_path: Path) -> None:
    await house.observe()
    async with chromium(tmp_path / "profile") as page:
        await page.open(f"{house.telegram.url}/?user={MASTER}")
        await _shown(page, "What I can do")
        await _type(page, "/status")
        await _shown(page, "No run is under way")
        await _tap(page, "Deploy")
        hand = await Hand.claim(house.store, house.project)
        await hand.begin(StageName.TEST)
        await hand.tell(StageName.TEST, "12 of 48 tests · test_api.py::test_get PASSED")
        await _shown(page, "Running · Deploy · sample", "12 of 48 tests", "test_api.py::test_get")
        await hand.succeed(StageName.TEST)
        await hand.ask()
        await _shown(page, "Approve? · Deploy · sample")
        await _tap(page, "Approve")
        await _shown(page, "Approved · Deploy")
        assert await page.run(f"{BUBBLES}.at(-1).querySelector('.keys')") is None
        await hand.store.runs.move(hand.run.id, hand.run.epoch, RunState.RUNNING)
        await hand.finish(RunState.SUCCEEDED)
        await _shown(page, "Deployed · sample")
        await _shown(page, "Done · Deploy · sample")
        assert page.errors == []
