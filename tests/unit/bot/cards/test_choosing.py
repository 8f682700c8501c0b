from __future__ import annotations

from datetime import timedelta

from bot.callbacks import BranchTap, Listed, PageTap
from bot.cards.card import Card
from bot.cards.choosing import asked_card, branches_card, mark_of
from pipeline.model.states import RunKind
from pipeline.source import Branch
from pipeline.wording.markup import TEXT_LIMIT, shown_length
from tests.unit.bot.samples import START, run


def branch(name: str, *, hours: float | None = 3, sha: str = "1a2b3c4d5e" * 4) -> Branch:
    return Branch(name, sha, None if hours is None else START - timedelta(hours=hours))


def labels(card: Card) -> list[list[str]]:
    return [[button.text for button in row] for row in card.rows]


def test_a_few_branches() -> None:
    found = [branch("main"), branch("feature/<x>", hours=48), branch("old", hours=None)]
    card = branches_card(found, "main", START)
    assert card.text == (
        "❓ <b>Which branch is to be deployed?</b> 3 branches\n"
        "1. <code>main</code> · <code>1a2b3c4</code> · 3 h ago · watched\n"
        "2. <code>feature/&lt;x&gt;</code> · <code>1a2b3c4</code> · 2 d ago\n"
        "3. <code>old</code> · <code>1a2b3c4</code>\n"
        "\n"
        "The plan comes for approval first."
    )
    assert labels(card) == [["1 · main"], ["2 · feature/<x>"], ["3 · old"]]
    assert BranchTap.unpack(card.rows[1][0].data) == BranchTap(mark=mark_of(found[1]))
    assert branches_card([], "main", START).text == "➖ The repository has no branch yet."


def test_many_branches_with_long_names_fit() -> None:
    many = [branch(f"{number:03}{'&' * 240}") for number in range(300)]
    card = branches_card(many, "main", START, page=2)
    assert "300 branches, page 3 of 38\n17. <code>016&amp;" in card.text
    assert shown_length(card.text) <= TEXT_LIMIT
    assert labels(card)[-1] == ["« Newer", "Older »"]
    assert PageTap.unpack(card.rows[-1][1].data) == PageTap(of=Listed.BRANCHES, page=3)
    assert all(len(button.data.encode()) <= 64 for row in card.rows for button in row)
    assert all(len(button.text) <= 50 for row in card.rows for button in row)


def test_a_branch_that_moved_has_another_mark() -> None:
    assert mark_of(branch("main")) != mark_of(branch("main", sha="2" * 40))
    assert mark_of(branch("main")) == mark_of(branch("main", hours=None))


def test_what_stands_in_the_place_of_the_list() -> None:
    assert asked_card(run(), "<code>main</code>").text == "🕓 Deploy of <code>main</code> asked for: run 12."
    back = run(kind=RunKind.ROLLBACK)
    assert asked_card(back, "release 9").text == "🕓 Rollback of release 9 asked for: run 12."
