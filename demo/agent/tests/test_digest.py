import pytest

from server_agent.digest import CYCLE_COST, Budget, Digest, digest

PLENTY = Budget(limit=1000, used=0)


def test_an_empty_cycle_costs_only_itself() -> None:
    assert digest([], PLENTY) == Digest(summary="Nothing new.", read=0, tokens=CYCLE_COST)


def test_the_most_frequent_words_are_named_commands_and_short_words_left_out() -> None:
    texts = ["Backup the disk", "disk and backup", "my disk", "/stats disk disk", "lamp, lamp and zoo"]
    assert digest(texts, PLENTY) == Digest(
        summary="5 new messages, mostly about disk, backup, lamp.",
        read=5,
        tokens=CYCLE_COST + 4 + 4 + 2 + 4 + 5,
    )


def test_a_message_without_long_words() -> None:
    assert digest(["/ping"], PLENTY) == Digest(summary="1 new message.", read=1, tokens=CYCLE_COST + 2)


@pytest.mark.parametrize(
    ("left", "read", "tokens"),
    [(CYCLE_COST, 0, CYCLE_COST), (CYCLE_COST + 1, 1, CYCLE_COST + 1), (CYCLE_COST + 3, 2, CYCLE_COST + 3)],
)
def test_no_more_is_read_than_the_budget_pays_for(left: int, read: int, tokens: int) -> None:
    result = digest(["abcdefgh", "abcd", "abcd"], Budget(limit=500, used=500 - left))
    assert result is not None
    assert (result.read, result.tokens) == (read, tokens)


@pytest.mark.parametrize("used", [500 - CYCLE_COST + 1, 500, 900])
def test_nothing_is_done_when_a_cycle_is_not_affordable(used: int) -> None:
    assert digest([], Budget(limit=500, used=used)) is None
