from __future__ import annotations

import pytest

from pipeline.engine.tokens import budget_of
from pipeline.model.release import TokenBudget
from pipeline.probe import Answer


def answered(json: object, status: int = 200) -> Answer:
    return Answer(status=status, json=json, text_head="", milliseconds=1)


def test_the_budget_as_the_agent_tells_it() -> None:
    told = {"uptime_seconds": 9.5, "token_budget": {"used": 12_300, "limit": 100_000}}
    assert budget_of(answered(told)) == TokenBudget(used=12_300, limit=100_000)


@pytest.mark.parametrize(
    "answer",
    [
        answered(None),
        answered([]),
        answered({"token_budget": 5}),
        answered({"token_budget": {"used": 5}}),
        answered({"token_budget": {"used": "5", "limit": 9}}),
        answered({"token_budget": {"used": True, "limit": 9}}),
        answered({"token_budget": {"used": -1, "limit": 9}}),
        answered({"token_budget": {"used": 1.5, "limit": 9}}),
        answered({"token_budget": {"used": 1, "limit": 10**400}}),
        answered({"token_budget": {"used": 1, "limit": 9}}, status=503),
    ],
)
def test_what_tells_of_none(answer: Answer) -> None:
    assert budget_of(answer) is None
