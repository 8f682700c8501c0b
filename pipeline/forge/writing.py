"""GitHub's REST API: tells it of runs, as commit statuses and deployments."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.cancelling import pass_on_cancellation
from pipeline.forge.judging import CONTEXT
from pipeline.forge.speaking import Speaking, is_limited
from pipeline.forge.wanted import State

if TYPE_CHECKING:
    import httpx

_LISTED = 100


class NotTold(Exception):
    """GitHub did not take it, for a reason that may pass; the text tells why, without secrets."""


class Limited(NotTold):
    """It asks to be left alone."""


class Refused(NotTold):
    """The token lacks a right, is not known, or does not see the repository."""


class Gone(NotTold):
    """There is no such deployment any more, or the token does not see it."""


class Untold(Exception):
    """GitHub does not take it, and will not: it does not know the commit, or forbids the content."""


class Writing:
    def __init__(self, speaking: Speaking) -> None:
        self._speaking = speaking

    @property
    def repository(self) -> str:
        return self._speaking.repository

    @property
    def rest(self) -> float:
        """Seconds for which GitHub wants to be left alone."""
        return self._speaking.rest

    async def status(self, sha: str, state: State, description: str) -> None:
        """Raises NotTold and its kin, Untold."""
        told: dict[str, object] = {"state": state, "context": CONTEXT, "description": description}
        await self._ask("POST", f"statuses/{sha}", told)

    async def deployment(self, environment: str, sha: str, run: int, asked: datetime) -> int:
        """The id of a run's deployment, found again or made. Raises NotTold and its kin, Untold."""
        mark = {"vnext_run": run, "requested_at": asked.isoformat()}
        query = f"deployments?sha={sha}&per_page={_LISTED}"
        listed = await self._ask("GET", query)
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, dict) and _payload(each.get("payload")) == mark:
                return _id(each)
        made = await self._ask(
            "POST",
            "deployments",
            {
                "ref": sha,
                "environment": environment,
                "auto_merge": False,
                "required_contexts": [],
                "payload": mark,
                "description": f"Run {run}",
            },
        )
        return _id(made)

    async def deployment_status(self, deployment: int, state: State, description: str) -> None:
        """A success makes what was live before inactive. Raises NotTold and its kin, Untold."""
        told: dict[str, object] = {"state": state, "description": description, "auto_inactive": True}
        await self._ask("POST", f"deployments/{deployment}/statuses", told, gone=True)

    async def _ask(
        self, method: str, path: str, body: dict[str, object] | None = None, *, gone: bool = False
    ) -> object:
        import httpx

        if self._speaking.rest:
            raise Limited("GitHub wants to be left alone")
        try:
            async with self._speaking.client() as client:
                answer = await client.request(
                    method, f"{self._speaking.base}/{path}", json=body, follow_redirects=False
                )
            if answer.is_success:
                return answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            pass_on_cancellation()
            raise NotTold(str(error) or type(error).__name__) from None
        self._judge(answer, gone=gone)
        raise NotTold(f"GitHub answers {answer.status_code}")

    def _judge(self, answer: httpx.Response, *, gone: bool) -> None:
        status, says = answer.status_code, f"GitHub answers {answer.status_code}"
        if is_limited(answer):
            self._speaking.leave_alone(answer)
            raise Limited(says)
        if status == HTTPStatus.NOT_FOUND and gone:
            raise Gone(says)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise Refused(says)
        if answer.is_client_error and status != HTTPStatus.REQUEST_TIMEOUT:
            raise Untold(says)


def _payload(value: object) -> object:
    """GitHub gives an object back as it was, or as JSON in a string."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _id(deployment: object) -> int:
    found = deployment.get("id") if isinstance(deployment, dict) else None
    if not isinstance(found, int):
        raise NotTold("GitHub answers without the id of a deployment")
    return found
