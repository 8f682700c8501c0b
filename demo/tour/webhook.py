"""The scene with a webhook: a forge's signed delivery brings the prompt at once, any other brings nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets

import httpx

from demo.tour.act import RUN_SECONDS, Act, expect

_NEVER = "86400"  # seconds between two looks at the remote: the poll brings nothing here


async def webhook(act: Act) -> None:
    here = act.installation
    secret = secrets.token_hex(16)
    here.restart("bot", TOUR_WEBHOOK_SECRET=secret, TOUR_POLL_SECONDS=_NEVER)
    try:
        await looked(act)
        act.repository.add("HOOKED.md", "The forge tells the bot of each push.\n")
        sha = act.repository.push("Say who tells the bot")
        wrong = await _deliver(act, "not the secret", sha)
        expect(wrong.status_code == 401, "a delivery with a wrong signature is refused", wrong.text)
        await act.ask("/status")
        told = [m.text for m in await act.master.messages() if sha[:7] in m.text]
        expect(not told, "and brings nothing", "\n".join(told))
        right = await _deliver(act, secret, sha)
        expect(right.status_code == 202, "a signed delivery is taken", right.text)
        prompt = await act.master.wait_for(lambda m: sha[:7] in m.text and "Skip" in m.labels, RUN_SECONDS)
        await act.master.tap(prompt, "Skip")
        again = await _deliver(act, secret, sha)
        expect("taken before" in again.text, "the same delivery counts once", again.text)
    finally:
        here.restart("bot")


async def looked(act: Act) -> None:
    """Waits until the bot that started anew has looked at the remote."""
    async with (
        asyncio.timeout(RUN_SECONDS),
        httpx.AsyncClient(base_url=act.installation.bot, timeout=10, trust_env=False) as client,
    ):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/health")).json()["checks"]["scheduler"]["status"] == "ok":
                    return
            await asyncio.sleep(0.2)


async def _deliver(act: Act, secret: str, sha: str) -> httpx.Response:
    """As GitHub does."""
    body = json.dumps({"ref": "refs/heads/main", "after": sha}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": f"tour-{sha}",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    async with httpx.AsyncClient(base_url=act.installation.bot, timeout=10, trust_env=False) as client:
        return await client.post("/webhook/github", content=body, headers=headers)
