"""The command line before anything starts: help, and wrong usage, which is 64."""

import asyncio
import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.cli.running import run as _run
from pipeline.model.errors import ConfigurationError, PipelineError
from pipeline.model.states import ExitCode
from pipeline.settings import WorkerSettings
from tests.unit.docs.pages import ROOT

HELP = """\
Usage: pipeline [OPTIONS] COMMAND [ARGS]...

  Deploys, rolls back and backs up a Docker Compose application.

  The worker carries runs out, one at a time for each project; these commands
  ask for them and follow them. Settings come from the environment;
  .env.vnext.example explains each. `vnext COMMAND --help` shows a command's
  options, an example and its exit codes.

Options:
  --project NAME  One of PROJECTS; without it, that of PROJECT_NAME.
  -h, --help      Show this message and exit.

Runs:
  deploy     Deploy the watched branch, another branch or a commit.
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
    listed = re.findall(r"^  ([a-z-]+)  +(\S.*)$", out[out.index("Runs:") :], re.MULTILINE)
    assert sorted(name for name, _ in listed) == sorted(main.commands)
    assert all(sentence for _, sentence in listed)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_each_command_explains_itself_without_settings(command: str) -> None:
    code, out, err = _main(command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: pipeline {command} ")
    assert f"Example:     vnext {command}" in out
    assert "Exit codes:  0 " in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["report", "x"], "Error: Invalid value for '[RUN]': 'x' is not a valid integer range."),
        (
            ["logs", "app", "--run", "3"],
            "Error: --run shows the log of a run: leave SERVICE and --follow out.",
        ),
        (
            ["deploy", "--yes", "--no-follow"],
            "Error: --yes answers the plan while the run is followed: leave --no-follow out.",
        ),
        (["deplyo"], "Error: No such command 'deplyo'. Did you mean 'deploy'?"),
        (["--local"], "Error: No such option '--local'."),
        (["check", "--fast"], "Error: No such option '--fast'."),
        (["restore"], "Error: Missing argument 'BACKUP'."),
        (["restore", "1", "2"], "Error: Got unexpected extra argument (2)"),
        *[
            (["restore", word], f"Error: BACKUP is {word!r}; allowed: the number of a backup, or undo.")
            for word in ("", "latest", "1.5", "٣", "9" * 19)
        ],
        (["drill", "latest"], "Error: Invalid value for '[BACKUP]': 'latest' is not a valid integer range."),
        (
            ["drill", "0"],
            "Error: Invalid value for '[BACKUP]': 0 is not in the range 1<=x<=99999999999999999.",
        ),
        (["rollback", "one", "two", "--local"], "Error: Got unexpected extra argument (two)"),
        (
            ["rollback", "--local", "--json"],
            "Error: --local carries the rollback out itself: leave --no-follow and --json out.",
        ),
        (["health", "now"], "Error: Got unexpected extra argument (now)"),
        (["setup-git"], "Error: Missing argument 'DIR'."),
    ],
)
def test_wrong_usage_is_64(words: list[str], sentence: str) -> None:
    code, out, err = _main(*words)
    assert (code, out) == (64, "")
    assert err.splitlines()[-1] == sentence
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command",
    [
        *sorted({*main.commands} - {"setup-git", "restore", "hand-over"}),
        *("restore 1", "hand-over 1", "rollback --local", "logs --run 1"),
    ],
)
def test_a_missing_setting_is_64_and_one_sentence(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_URL", "https://me:hunter2@example.org/app.git")
    code, out, err = _main(*command.split())
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


def test_a_command_that_says_itself_how_it_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> ExitCode:
        os.kill(os.getpid(), signal.SIGTERM)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        return ExitCode.DEPLOY_FAILED

    with pytest.raises(SystemExit) as caught:
        _run(work())
    assert caught.value.code == 3
    assert capsys.readouterr().err == ""


def test_it_is_installed_as_a_script() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, name = scripts["vnext"].partition(":")
    assert getattr(importlib.import_module(module), name) is main


def test_help_loads_no_heavy_parts() -> None:
    """The command line answers quickly: what carries runs out is imported by those who need it."""
    code = "import sys, pipeline.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {
        "asyncpg",
        "docker",
        "git",
        "httpx",
        "pipeline.engine",
        "pipeline.stages",
        "pydantic",
        "structlog",
    } & set(done.stdout.split()) == set()
