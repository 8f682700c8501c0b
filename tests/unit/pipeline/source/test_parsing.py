from datetime import UTC, datetime

from pipeline.source.git import GitCommand
from pipeline.source.history import Commit, parse_log
from pipeline.source.remote import parse_tips

A, B = "a" * 40, "b" * 40


def test_tips() -> None:
    listing = f"{A}\trefs/heads/main\n{B}\trefs/heads/feature/ü\n".encode()
    assert parse_tips(listing) == {"main": A, "feature/ü": B}


def test_tips_leave_out_what_is_no_branch() -> None:
    listing = (
        (
            f"{A}\tHEAD\n{A}\trefs/tags/v1\nshort\trefs/heads/x\n{A}\trefs/heads/-x\n{A}\trefs/heads/a b\n\n"
        ).encode()
        + A.encode()
        + b"\trefs/heads/\xff\n"
    )
    assert parse_tips(listing) == {}


def test_log() -> None:
    log = b"\0".join([A.encode(), "Zoë".encode(), b"1700000000", b"One", B.encode(), b"\xff", b"0", b"", b""])
    assert parse_log(log) == (
        Commit(A, "Zoë", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "One"),
        Commit(B, "\ufffd", datetime(1970, 1, 1, tzinfo=UTC), ""),
    )
    assert parse_log(b"") == ()


def test_a_time_beyond_the_calendar_is_no_reason_to_fail() -> None:
    log = b"\0".join([A.encode(), b"x", b"99999999999999", b"One", b""])
    assert parse_log(log)[0].when == datetime(1970, 1, 1, tzinfo=UTC)


def test_git_gets_its_settings_from_the_environment() -> None:
    environment = GitCommand(("fetch",), config=(("a.b", "c"),), env={"URL_PASSWORD": "x"}).environment()
    last = int(environment["GIT_CONFIG_COUNT"]) - 1
    assert (environment[f"GIT_CONFIG_KEY_{last}"], environment[f"GIT_CONFIG_VALUE_{last}"]) == ("a.b", "c")
    pairs = {environment[f"GIT_CONFIG_KEY_{n}"]: environment[f"GIT_CONFIG_VALUE_{n}"] for n in range(last)}
    assert pairs["core.hooksPath"] == "/dev/null"
    assert environment["GIT_TERMINAL_PROMPT"] == "0"
    assert "ext" not in environment["GIT_ALLOW_PROTOCOL"].split(":")
    assert "BatchMode=yes" in environment["GIT_SSH_COMMAND"]


def test_secrets_are_struck_out() -> None:
    command = GitCommand(("fetch",), secrets=("hunter2",))
    assert command.redacted("no access with hunter2") == "no access with ***"
