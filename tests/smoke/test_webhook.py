"""The webhook of a running agent."""

from __future__ import annotations

import time

import httpx
import pytest

JSON = {"content-type": "application/json"}


def test_the_endpoint_exists_and_takes_only_post(api: httpx.Client) -> None:
    answer = api.get("/webhook")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_an_update_without_text_is_accepted_and_changes_nothing(api: httpx.Client) -> None:
    before = api.get("/stats").json()["messages"]["received"]
    answer = api.post("/webhook", json={"update_id": 1, "poll": {"id": "1"}})
    assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})
    assert api.get("/stats").json()["messages"]["received"] >= before


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "the body is not JSON"),
        (b"{not json", "the body is not JSON"),
        (b"[1]", "the body must be a JSON object"),
        (b'{"message": {}}', "update_id must be a whole number of at most 64 bits"),
        (b'{"update_id": 1, "message": {"text": "hi"}}', "message.chat must be an object"),
        (
            b'{"update_id": 1, "message": {"chat": {"id": 5}, "text": ["hi"]}}',
            "message.text must be a string",
        ),
    ],
)
def test_what_is_no_update_is_refused_with_the_reason(api: httpx.Client, body: bytes, error: str) -> None:
    answer = api.post("/webhook", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_body_that_is_too_big_is_refused(api: httpx.Client) -> None:
    answer = api.post("/webhook", content=b'"' + b"x" * 200_000 + b'"', headers=JSON)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]


def test_errors_leave_the_agent_well(api: httpx.Client) -> None:
    for _ in range(20):
        api.post("/webhook", content=b"{", headers=JSON)
    assert api.get("/health").json()["status"] == "ok"


def test_a_message_is_queued_and_answered_once(writable_api: httpx.Client) -> None:
    answered = writable_api.get("/stats").json()["messages"]["answered"]
    update_id = time.time_ns()
    update = {"update_id": update_id, "message": {"chat": {"id": 5}, "text": "/ping"}}
    first, again = (writable_api.post("/webhook", json=update).json() for _ in range(2))
    assert first == {"status": "queued", "update_id": update_id}
    assert again == {"status": "duplicate", "update_id": update_id}
    deadline = time.monotonic() + 60
    while (now := writable_api.get("/stats").json()["messages"])["answered"] == answered:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert now["answered"] == answered + 1
    assert now["queued"] == 0
