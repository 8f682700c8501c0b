"""The hook's text, and the words that it hands over."""

from __future__ import annotations

import shlex

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.source.hook import HookThere, Moved, read_moved, rendered

ZERO, OLD, NEW = "0" * 40, "1" * 40, "2" * 40


def lines_of(text: str, start: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(start)]


def test_branch_and_command_stand_in_the_hook() -> None:
    text = rendered("main", ["docker", "compose", "exec", "-T", "worker", "python", "-m", "pipeline", "hook"])
    assert lines_of(text, "branch=") == ["branch=main"]
    assert lines_of(text, "$limit") == [
        '$limit docker compose exec -T worker python -m pipeline hook "$@" || code=$?'
    ]
    assert text.startswith("#!/bin/sh\n")
    assert HookThere(text=text, executable=True, aside=False).ours


@pytest.mark.parametrize(
    "word", ["a b", "$(reboot)", "`id`", "it's", "; rm -rf /", "a\nb", "@BRANCH@", "-n", "\\"]
)
def test_what_a_shell_would_read_is_quoted(word: str) -> None:
    text = rendered(word, ["run", word])
    assert f"\nbranch={shlex.quote(word)}\n" in text
    assert f'$limit run {shlex.quote(word)} "$@" || code=$?\n' in text


def test_a_hook_of_other_hands_is_not_ours() -> None:
    assert not HookThere(text="#!/bin/sh\nmail\n", executable=True, aside=False).ours
    assert not HookThere(text=None, executable=False, aside=False).ours


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        ([], []),
        ([OLD, NEW, "refs/heads/main"], [Moved(old=OLD, new=NEW, ref="refs/heads/main")]),
        (
            [ZERO, "a" * 64, "refs/heads/feature/x", OLD, ZERO, "refs/tags/v1.0"],
            [
                Moved(old=ZERO, new="a" * 64, ref="refs/heads/feature/x"),
                Moved(old=OLD, new=ZERO, ref="refs/tags/v1.0"),
            ],
        ),
    ],
)
def test_three_words_for_each_ref(words: list[str], moved: list[Moved]) -> None:
    assert read_moved(words) == moved


@pytest.mark.parametrize(
    ("words", "key", "found"),
    [
        ([OLD], "OLD NEW REF", "1 words"),
        ([OLD, NEW, "refs/heads/main", OLD], "OLD NEW REF", "4 words"),
        (["1" * 39, NEW, "refs/heads/main"], "OLD", f"'{'1' * 39}'"),
        ([OLD, "2" * 41, "refs/heads/main"], "NEW", f"'{'2' * 41}'"),
        ([OLD, "A" * 40, "refs/heads/main"], "NEW", f"'{'A' * 40}'"),
        (["--help", NEW, "refs/heads/main"], "OLD", "'--help'"),
        ([OLD, NEW + "\n", "refs/heads/main"], "NEW", f"'{NEW}'"),
        ([OLD, NEW, "main"], "REF", "'main'"),
        ([OLD, NEW, "refs/heads/../x"], "REF", "'refs/heads/../x'"),
        ([OLD, NEW, "refs/heads/a\x1b[31m"], "REF", "'refs/heads/a [31m'"),
        ([OLD, NEW, "refs/" + "x" * 500 + " "], "REF", f"'refs/{'x' * 95}'"),
    ],
)
def test_what_git_never_says_is_refused_by_name(words: list[str], key: str, found: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_moved(words)
    assert (caught.value.key, caught.value.found) == (key, found)
    assert caught.value.exit_code == 64
