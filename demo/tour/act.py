"""What the people of the tour do: write, tap, push, and look at what runs."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import httpx

from demo.botapi.person import Person
from demo.botapi.picture import ChatMessage
from demo.tour.installation import Installation, TourError
from demo.tour.repository import Repository

RUN_SECONDS = 300.0
ANSWER_SECONDS = 30.0
APPROVE, REJECT = "Approve", "Reject"
_EXIT_CODE = re.compile(r"(?:^|· )exit code \d+$", re.MULTILINE)


@dataclass(frozen=True)
class Act:
    """`repository` is the agent's, `own` that of the controller itself."""

    installation: Installation
    repository: Repository
    own: Repository
    master: Person
    stranger: Person

    async def ask(self, command: str) -> tuple[ChatMessage, ChatMessage]:
        """Writes the command; it and the answer."""
        said = await self.master.say(command)
        return said, await self.master.wait_for(lambda _: True, ANSWER_SECONDS, after=said)

    async def newest(self) -> ChatMessage:
        """The last message of the chat; a prompt of pushes may stand far above it."""
        return max(await self.master.messages(), key=lambda message: message.id)

    async def plan(self, after: ChatMessage, seconds: float = RUN_SECONDS) -> ChatMessage:
        """The plan card that the run comes to. Raises TourError where the run ends before."""
        found = await self.master.wait_for(
            lambda m: _offers(m, APPROVE) or is_result(m), seconds, after=after
        )
        if not _offers(found, APPROVE):
            raise TourError(f"the run ended before it asked:\n{found.text}")
        return found

    async def result(self, after: ChatMessage, *words: str) -> ChatMessage:
        """The result of the run, which must say all `words`."""
        found = await self.master.wait_for(is_result, RUN_SECONDS, after=after)
        for word in words or ("exit code 0",):
            expect(word in found.text, f"the result says {word!r}", found.text)
        return found

    async def approve(self, command: str) -> tuple[ChatMessage, ChatMessage]:
        """Writes the command, approves its plan; the command and the plan card as it was."""
        said = await self.master.say(command)
        plan = await self.plan(said)
        await self.master.tap(plan, APPROVE)
        return said, plan

    def running(self) -> dict[str, str]:
        """What Docker says of the application's container: image, sha and run from its labels, since when."""
        name = self.installation.environment()["APP_CONTAINER_NAME"]
        fields = (
            "{{.Config.Image}}",
            '{{index .Config.Labels "org.opencontainers.image.revision"}}',
            '{{index .Config.Labels "deployment.group"}}',
            "{{.State.StartedAt}}",
            "{{.State.Status}}",
        )
        done = subprocess.run(
            ["docker", "inspect", "--format", "\n".join(fields), name],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        values = done.stdout.splitlines() if done.returncode == 0 else [""] * len(fields)
        return dict(zip(("image", "sha", "group", "since", "status"), values, strict=False))

    async def health(self) -> dict[str, str]:
        """The status and version that the application's /health tells."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{self.installation.app_port}/health")
        found = answer.json()
        return {"status": found["status"], "version": found["version"]}


def expect(held: bool, what: str, found: object) -> None:
    """Raises TourError naming what does not hold."""
    if not held:
        raise TourError(f"expected that {what}; found:\n{found}")


def _offers(message: ChatMessage, label: str) -> bool:
    return any(label in text for text in message.labels)


def is_result(message: ChatMessage) -> bool:
    """The message that tells how a run ended."""
    return bool(_EXIT_CODE.search(message.text)) and not _offers(message, APPROVE)
