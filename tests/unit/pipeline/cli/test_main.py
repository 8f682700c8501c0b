"""The command line before anything starts: help, and wrong usage, which is 64."""

import asyncio
import os
import signal

import pytest
from click.testing import CliRunner

from pipeline.cli.main import _run, main
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.settings import WorkerSettings

HELP = """\
Usage: pipeline [OPTIONS] COMMAND [ARGS]...

  Deploys, rolls back and backs up a Docker Compose application.

  Settings come from the environment; .env.vnext.example explains each.

Options:
  -h, --help  Show this message and exit.

Commands:
"""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in WorkerSettings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)


def _main(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, words, prog_name="pipeline")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_every_command_with_a_sentence(word: str) -> None:
    code, out, err = _main(word)
    assert (code, err) == (0, "")
    assert out.startswith(HELP)
    listed = [line.split(maxsplit=1) for line in out.removeprefix(HELP).splitlines() if line[2:3] != " "]
    assert [name for name, _ in listed] == sorted(main.commands)
    assert {"check", "health", "worker"} <= set(main.commands)
    assert all(sentence for _, sentence in listed)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_each_command_explains_itself_without_settings(command: str) -> None:
    code, out, err = _main(command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: pipeline {command} ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "  worker  Carry requested runs out, until SIGTERM."),
        (["deplyo"], "Error: No such command 'deplyo'."),
        (["--local"], "Error: No such option '--local'."),
        (["check", "--fast"], "Error: No such option '--fast'."),
        (["health", "now"], "Error: Got unexpected extra argument (now)"),
    ],
)
def test_wrong_usage_is_64(words: list[str], sentence: str) -> None:
    code, out, err = _main(*words)
    assert (code, out) == (64, "")
    assert err.splitlines()[-1] == sentence
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["check", "health", "worker"])
def test_a_missing_setting_is_64_and_one_sentence(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_URL", "https://me:hunter2@example.org/app.git")
    code, out, err = _main(command)
    assert (code, out) == (64, "")
    assert err == (
        "DB_PASSWORD is not set; allowed: a value; .env.vnext.example explains DB_PASSWORD."
        " Nothing was started. Correct DB_PASSWORD and start again.\n"
    )


BROKEN = PipelineError("It rained.", production="Dry.", advice="Wait.")
WRONG = ConfigurationError("A", "b", "c")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (BROKEN, 3, "It rained. Dry. Wait.\n"),
        (WRONG, 64, "A is b; allowed: c. Nothing was started. Correct A and start again.\n"),
        (ExceptionGroup("tasks", [BROKEN, WRONG]), 3, "It rained. Dry. Wait.\n"),
    ],
)
def test_how_an_error_ends_the_process(
    error: Exception, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(SystemExit) as caught:
        _run(work())
    assert caught.value.code == code
    assert capsys.readouterr().err == sentence


def test_a_fault_of_ours_is_not_hidden() -> None:
    async def work() -> None:
        raise ExceptionGroup("tasks", [ValueError("a slip")])

    with pytest.raises(ExceptionGroup, match="tasks"):
        _run(work())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_end(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(30)

    _run(work())
    assert capsys.readouterr().err == "Stopped; a run under way goes on at the next start.\n"
