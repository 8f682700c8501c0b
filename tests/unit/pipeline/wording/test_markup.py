"""Values from outside: cleaned, cut and escaped, and no card too long for Telegram whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.card import Card
from bot.cards.help import unknown, usage
from bot.cards.plan import plan_card
from bot.cards.progress import run_card
from bot.cards.push import push_card
from bot.cards.result import result_card
from bot.cards.status import Standing, status_card
from bot.cards.trouble import mishap
from demo.botapi.markup_html import parse_html
from pipeline.model.release import Observation, ServiceState
from pipeline.model.results import BackedUp, CommitLine, Pulled
from pipeline.model.states import RunState, StageName, StageState
from pipeline.wording import words
from pipeline.wording.markup import (
    BYTES_LIMIT,
    TEXT_LIMIT,
    block,
    clean,
    code,
    cut,
    line,
    plain,
    quote,
    shown_length,
)
from tests.unit.bot.samples import (
    START,
    after,
    approval,
    ended,
    failure,
    past_run,
    plan,
    push,
    release,
    stage,
    view,
)

HOSTILE = st.one_of(
    st.text(max_size=80).map(lambda text: text * 60),
    st.sampled_from(["<b>", "&amp;", "&", "🎉", "</code>", "\n", "\x00", "\u202e", "a/b ", "/stop "]).map(
        lambda text: text * 1500
    ),
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


def test_block_keeps_the_last_lines_and_their_indentation() -> None:
    assert block("a\n\n  b\n\tc <x>\n", lines=2, limit=50) == "<pre>  b\n    c &lt;x&gt;</pre>"
    assert block("first\nsecond\nthird", lines=9, limit=12) == "<pre>second\nthird</pre>"
    assert block("x" * 50, lines=9, limit=10) == f"<pre>{'x' * 9}…</pre>"
    assert block("\n \n", lines=9, limit=10) == ""


def test_quote_says_what_is_missing() -> None:
    assert quote(["aaaa", "bbbb", "cccc"], total=3, budget=100) == (
        "<blockquote expandable>aaaa\nbbbb\ncccc</blockquote>"
    )
    assert quote(["aaaa", "bbbb", "cccc"], total=9, budget=22) == (
        "<blockquote expandable>aaaa\nbbbb\n… and 7 more</blockquote>"
    )
    assert quote([], total=0, budget=22) == ""


@settings(deadline=None)
@given(st.text())
def test_escaped_values_read_as_they_are(value: str) -> None:
    shown = cut(clean(value), 100)
    assert plain(code(value, 100)) == shown
    assert plain(line(value, 100)).replace("\u2060", "")[:90] == shown[:90] or "/" in shown or "@" in shown


@settings(max_examples=12, deadline=None)
@given(HOSTILE, HOSTILE)
def test_every_card_fits_and_parses_whatever_the_values(one: str, two: str) -> None:
    for card in _cards(one, two):
        assert shown_length(card.text) <= TEXT_LIMIT
        assert len(card.text.encode()) <= BYTES_LIMIT
        text, _ = parse_html(card.text)
        assert text == plain(card.text)


def _cards(one: str, two: str) -> list[Card]:
    commits = [CommitLine(sha=one, author=two, subject=one) for _ in range(20)]
    bad = failure(what=one, production=two, advice=one, log=f"{one}\n{two}\n" * 3)
    rows = [
        replace(stage(name, StageState.RUNNING, 1, said=two), last_line=one) for name in list(StageName)[1:]
    ]
    pulled = Pulled(sha=one, branch=two, subject=one, source=two)
    rows.append(replace(stage(StageName.PULL, StageState.SUCCEEDED, 1, 2), result=pulled))
    names = {"requested_by": two, "branch": one, "sha": two, "target": one}
    hostile_plan = plan(
        project=one,
        subject=two,
        services=[one, two] * 20,
        migration=[one, two],
        commits=commits,
        commit_count=10**9,
        backup=BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note=one),
        warnings=[one, two] * 20,
    )
    services = [
        ServiceState(
            service=one, container=two, image=one, running=True, health=two, restarts=9**9, started_at=START
        )
    ] * 50
    standing = Standing(
        project=one,
        branch=two,
        live=release(sha=one, branch=two),
        previous=release(sha=two, branch=one),
        seen=Observation(at=START, worker=one, services=services, disk_free=1, problem=two),
        active=view(rows, **names),
        runs=[past_run(sha=one, requested_by=two)] * 5,
    )
    return [
        run_card(view(rows, **names), after(99_999), silent=timedelta(days=9)),
        run_card(view(rows, **{**names, "branch": None, "sha": None}), START),
        plan_card(approval(hostile_plan, answered_by=one)),
        result_card(ended(rows, state=RunState.FAILED, failure=bad, **names), release(sha=one)),
        result_card(ended(rows, state=RunState.SUCCEEDED, **names), release(sha=None, images={one: two})),
        push_card(push(branch=one, sha=two, commits=commits), two),
        status_card(standing, START),
        status_card(
            replace(standing, seen=replace(standing.seen or Observation(at=START, worker=one))), after(999)
        ),
        unknown(one),
        usage("deploy", one),
        mishap(1, one),
    ]


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
