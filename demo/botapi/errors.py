"""The one error a Bot API call can end in, and how Telegram words it."""

from __future__ import annotations

from typing import Any

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


UPGRADED = "group chat was upgraded to a supergroup chat"


class ApiError(Exception):
    """A refused call: `code` is also the HTTP status, `description` the exact text Telegram sends.

    `parameters` is what Telegram adds for machines, such as `{"retry_after": 5}`.
    """

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters or {}

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    """400. The first letter is lowered as Telegram does, unless the reason is a CODE_IN_CAPITALS."""
    keeps_case = len(reason) >= 2 and (reason[1] == "_" or "A" <= reason[1] <= "Z")
    return ApiError(400, "Bad Request: " + (reason if keeps_case else reason[:1].lower() + reason[1:]))


def upgraded(supergroup: int) -> ApiError:
    """400, with the id that the group has now."""
    return ApiError(400, f"Bad Request: {UPGRADED}", {"migrate_to_chat_id": supergroup})


def forbidden(reason: str) -> ApiError:
    return ApiError(403, f"Forbidden: {reason}")


def conflict(description: str) -> ApiError:
    return ApiError(409, description)


def too_many_requests(retry_after: int) -> ApiError:
    """429. `retry_after` is in whole seconds; the HTTP layer repeats it as the Retry-After header."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})
