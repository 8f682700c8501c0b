"""Values from outside: cleaned, cut and escaped. That no card is too long is in tests/unit/bot/cards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.states import RunState
from pipeline.wording import words
from pipeline.wording.markup import (
    clean,
    code,
    cut,
    folded,
    line,
    output,
    plain,
    quote,
    told_of_production,
)
from tests.unit.bot.samples import (
    START,
    after,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\tb\r\n c", "a b c"),
        ("\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain", "red and plain"),
        ("gnp.\u202efdp\u2069 zero\u200bwidth", "gnp.fdp zerowidth"),
        ("half \ud83d", "half \ufffd"),
        ("family 👨\u200d👩", "family 👨\u200d👩"),
        ("line\u2028separator", "line separator"),
    ],
)
def test_clean(value: str, shown: str) -> None:
    assert clean(value) == shown


def test_cut() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("abcd fg", 6) == "abcd…"


def test_what_reads_like_a_command_or_a_mention_cannot_be_tapped() -> None:
    assert line("see /stop, a/b, @eve, me@example.org") == (
        "see /\u2060stop, a/b, @\u2060eve, me@example.org"
    )


def test_output_keeps_the_last_lines_and_their_indentation() -> None:
    def told(folded: str, last: str) -> str:
        return f"<blockquote expandable>{folded}</blockquote>\n<code>{last}</code>"

    assert output("  b\n\tc <x>\n", lines=2, limit=50) == told("<code>  b</code>", "    c &lt;x&gt;")
    assert output("a\n\n  b\nc", lines=2, limit=50) == told("The last 2 of 4 lines\n<code>  b</code>", "c")
    assert output("first\nsecond\nthird", lines=9, limit=12) == told(
        "The last 2 of 3 lines\n<code>second</code>", "third"
    )
    assert output("x" * 50, lines=9, limit=10) == f"<code>{'x' * 9}…</code>"
    assert output("line\n" * 5000, lines=1, limit=10) == told("The last 1 of 5000 lines", "line")
    assert output("\n \n", lines=9, limit=10) == ""


def test_what_is_folded() -> None:
    assert folded("a", "", "b") == "<blockquote expandable>a\nb</blockquote>"
    assert folded("", "") == ""


def test_how_production_is() -> None:
    assert told_of_production("Production was not touched.") == "<b>Production</b> was not touched."
    assert told_of_production("app <x> serves again.") == "<b>Production:</b> app &lt;x&gt; serves again."
    assert told_of_production("CRITICAL: it may be down.") == "<b>CRITICAL: it may be down.</b>"


def test_quote_says_what_is_missing() -> None:
    assert quote(["aaaa", "bbbb", "cccc"], total=3, budget=100) == (
        "<blockquote expandable>aaaa\nbbbb\ncccc</blockquote>"
    )
    assert quote(["aaaa", "bbbb", "cccc"], total=9, budget=22) == (
        "<blockquote expandable>aaaa\nbbbb\n… and 7 more</blockquote>"
    )
    assert quote(["a"] * 50, total=50, budget=900).endswith("\na\n… and 10 more</blockquote>")
    assert quote([], total=0, budget=22) == ""


@settings(deadline=None)
@given(st.text())
def test_escaped_values_read_as_they_are(value: str) -> None:
    shown = cut(clean(value), 100)
    assert plain(code(value, 100)) == shown
    assert plain(line(value, 100)).replace("\u2060", "")[:90] == shown[:90] or "/" in shown or "@" in shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (0.5, "0.5 s"),
        (59.4, "59 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (353_000, "4 d 2 h"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert words.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (812, "812 B"), (12_900_000, "12.3 MB"), (190_000_000, "181 MB"), (5 * 1024**4, "5.0 TB")],
)
def test_sizes(count: int, shown: str) -> None:
    assert words.size(count) == shown


def test_changes_of_size() -> None:
    assert [words.change(count) for count in (0, 2048, -2048)] == ["no change", "+2.0 kB", "-2.0 kB"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "just now"),
        (4, "just now"),
        (25, "25 s ago"),
        (200, "3 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
    ],
)
def test_ages(seconds: float, shown: str) -> None:
    assert words.age(START, after(seconds)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(9, ""), (10, "10 s"), (59, "50 s"), (125, "2 min 00 s"), (1259, "20 min 00 s")]
)
def test_elapsed_goes_in_steps(seconds: float, shown: str) -> None:
    assert words.elapsed(timedelta(seconds=seconds)) == shown


def test_each_state_has_a_sign_of_its_own() -> None:
    assert len(set(words.RUN_SIGN.values())) == len(RunState)
    assert set(words.RUN_WORD) == set(RunState)
