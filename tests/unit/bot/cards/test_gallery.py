"""What holds for every card of the gallery, with good values and with the worst."""

from __future__ import annotations

import html
import importlib
import inspect
import itertools
import json
import pkgutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import tdjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot import cards
from bot.cards.card import Card
from bot.cards.plan import details_card
from bot.keyboard import keyboard
from demo.botapi.keyboard import parse_markup
from pipeline.wording.markup import BYTES_LIMIT, TEXT_LIMIT, clean, cut, line, plain
from pipeline.wording.words import SIGNS
from tests.unit.bot.cards.gallery import EXAMPLES, GALLERY
from tests.unit.bot.cards.gallery.drawn import SNAPSHOTS, drawn
from tests.unit.bot.cards.gallery.example import Example
from tests.unit.bot.cards.hostile import hostile

WORST = (
    "x" * 10_000,
    "x y " * 2_500,
    "<b>&amp;</b>" * 900,
    "&" * 10_000,
    "</blockquote></code></pre>" * 400,
    "🎉👩\u200d👩\u200d👧" * 2_000,
    "\u202egnp.\u2066exe\u2069\u200b\ufeff" * 700,
    "\0\x1b[31m\r\n\x07\t" * 1_500,
    "\ud83d\udc00half" * 1_500,
    "a\u0301\u0335\u030a\u0333" * 2_000,
    "/stop @eve a/b http://x.y/z " * 400,
    "\u2028\u2029\u0085\x0b" * 2_000,
    "",
    " ",
    "-",
)
PIECES = st.tuples(st.text(st.characters(), max_size=12), st.sampled_from([1, 7, 900]))
each_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


def telegram(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and its entities as Telegram's own parser reads them."""
    mode = {"@type": "textParseModeHTML"}
    request = {"@type": "parseTextEntities", "text": source, "parse_mode": mode}
    answer = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
    assert answer["@type"] == "formattedText", answer
    return answer["text"], answer["entities"]


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    tdjson.td_execute(b'{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}')


def check(card: Card) -> None:
    """Nothing of it exceeds what Telegram takes, and Telegram reads it as we do."""
    text, entities = telegram(card.text)
    assert text == plain(card.text)
    assert 0 < len(text) <= TEXT_LIMIT
    assert len(card.text.encode()) <= BYTES_LIMIT
    assert len(entities) <= 100, "Telegram ignores those beyond"
    assert {entity["type"]["@type"] for entity in entities} <= {
        f"textEntityType{kind}" for kind in ("Bold", "Code", "Pre", "ExpandableBlockQuote")
    }
    buttons = [button for row in card.rows for button in row]
    assert all(1 <= len(row) <= 8 for row in card.rows)
    assert len(buttons) <= 100
    for button in buttons:
        assert 0 < len(button.text) <= 64
        assert bool(button.data) != bool(button.copy)
        assert len(button.data.encode()) <= 64
        assert len(button.copy) <= 256
    markup = keyboard(card)
    sent = markup.model_dump_json(exclude_none=True) if markup else ""
    assert len(sent.encode()) <= 10_000
    assert (parse_markup(sent) or {}).get("inline_keyboard", []) == json.loads(sent or "{}").get(
        "inline_keyboard", []
    )


@pytest.mark.parametrize("title", GALLERY)
def test_every_card_as_it_is_sent(title: str) -> None:
    """`python -m tests.unit.bot.cards.gallery` writes these files anew: read what changes in them."""
    assert drawn(GALLERY[title]) == (SNAPSHOTS / f"{title}.txt").read_text()


@each_example
def test_a_card_fits_and_telegram_reads_it_as_we_do(example: Example) -> None:
    check(example.card)


@each_example
def test_a_card_begins_with_its_state_and_has_no_other_signs(example: Example) -> None:
    text = plain(example.card.text)
    found = {char for char in text if unicodedata.category(char) == "So" or char == "\ufe0f"}
    assert found <= set("".join(SIGNS))
    assert sum(text.count(sign) for sign in SIGNS) <= len(text.splitlines())


def test_each_state_has_one_sign_and_each_sign_one_state() -> None:
    assert len(SIGNS) == len({sign.removesuffix("\ufe0f") for sign in SIGNS})


def test_every_sign_is_explained() -> None:
    table = (Path(__file__).parents[4] / "docs/cards.md").read_text()
    assert {row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")} >= SIGNS


def test_every_card_is_in_the_gallery() -> None:
    modules = [
        importlib.import_module(f"bot.cards.{each.name}") for each in pkgutil.iter_modules(cards.__path__)
    ]
    there = {
        each
        for module in modules
        for each in vars(module).values()
        if inspect.isfunction(each)
        and not each.__name__.startswith("_")
        and each.__module__ == module.__name__
        and each.__annotations__.get("return") == "Card"
    }
    assert there - {example.make for example in EXAMPLES.values()} == {
        details_card,  # takes a text: its examples are made of plans
    }


def test_every_sheet_has_its_picture() -> None:
    shown = (Path(__file__).parents[4] / "docs/cards.md").read_text()
    assert [title for title in GALLERY if f"images/cards/{title}-light.png" not in shown] == []


def test_what_is_dangerous_once_is_so_wherever_it_is() -> None:
    """And a yes is a yes; only emphasis, `primary`, depends on what is wanted next."""
    looks: dict[str, set[str | None]] = {}
    for example in EXAMPLES.values():
        for button in itertools.chain.from_iterable(example.card.rows):
            looks.setdefault(button.text, set()).add(button.style)
    differ = {
        text: styles for text, styles in looks.items() if len(styles) > 1 and styles != {None, "primary"}
    }
    assert differ == {
        "Approve": {"success", "danger"},  # danger where data is lost
        "Deploy": {"success", "primary"},  # of a push, and in the menu
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_whatever_the_values_it_fits(name: str) -> None:
    """Each card with the longest values and some others: those take turns, so that it stays quick."""
    first = list(EXAMPLES).index(name)
    for one, two in (
        (WORST[0], WORST[1]),
        *((WORST[0 - (first + n) % len(WORST)], WORST[n]) for n in (0, 5)),
    ):
        check(hostile(EXAMPLES[name], itertools.cycle((one, two)).__next__))


@settings(max_examples=80, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(EXAMPLES)), st.lists(PIECES, min_size=1, max_size=4))
def test_whatever_the_values_it_fits_too(name: str, pieces: list[tuple[str, int]]) -> None:
    texts = [piece * times for piece, times in pieces]
    check(hostile(EXAMPLES[name], itertools.cycle(texts).__next__))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters()))
def test_telegram_shows_a_value_as_it_was_cleaned(value: str) -> None:
    text, _ = telegram(f"“{line(value, 100)}”")
    shown = html.unescape(text).replace("\u2060", "")
    assert shown[:60] == f"“{cut(clean(value), 100)}”"[:60]
