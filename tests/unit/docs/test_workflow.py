"""docs/deploy-on-push.yml as a YAML parser reads it; its one step run by bash, with an ssh that notes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.compose import find_program
from pipeline.process import Command, run
from tests.unit.docs.pages import ROOT, page

FILE = ROOT / "docs" / "deploy-on-push.yml"
SHA = "8f2c1d0a4b6e7f90123456789abcdef012345678"
SECONDS = 20.0
NOTES = """\
#!/bin/sh
printf '%s\\n' "$@" >"$NOTED/words"
while [ "$#" -gt 0 ]; do
    case $1 in
        -i) stat -c %a "$2" >"$NOTED/mode"; cat "$2" >"$NOTED/key"; dirname "$2" >"$NOTED/folder" ;;
        UserKnownHostsFile=*) cat "${1#*=}" >"$NOTED/hosts" ;;
    esac
    shift
done
exit 5
"""


@pytest.fixture
async def workflow(tmp_path: Path) -> dict[str, Any]:
    """The file as Compose reads YAML: as an extension of a compose file."""
    text = "x-workflow:\n" + textwrap.indent(FILE.read_text(), "  ") + "services: {a: {image: a}}\n"
    (tmp_path / "compose.yml").write_text(text)
    argv = (*await find_program(), "-f", str(tmp_path / "compose.yml"), "config", "--no-interpolate")
    done = await run(Command((*argv, "--format", "json")), timeout=SECONDS, check=True)
    read: dict[str, Any] = json.loads(done.stdout)["x-workflow"]
    return read


def test_it_holds_little_power_and_ends(workflow: dict[str, Any]) -> None:
    assert workflow["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert workflow["permissions"] == {}
    assert workflow["concurrency"] == {"group": "deploy", "cancel-in-progress": False}
    [job] = workflow["jobs"].values()
    assert 0 < job["timeout-minutes"] <= 60
    assert [step.get("uses") for step in job["steps"]] == [None]


def test_its_step_sends_one_command_and_pins_the_host(workflow: dict[str, Any], tmp_path: Path) -> None:
    [step] = workflow["jobs"]["deploy"]["steps"]
    assert "${{" not in step["run"]  # values come by environment, never as text of the script
    (tmp_path / "ssh").write_text(NOTES)
    (tmp_path / "ssh").chmod(0o755)
    values = {
        "SSH_KEY": "-----BEGIN KEY-----\nsecret\n-----END KEY-----",
        "SSH_KNOWN_HOSTS": "example.org ssh-ed25519 AAAA",
        "SSH_TARGET": "deploy@example.org",
        "SSH_PORT": "2222",
        "FOLDER": "/opt/vnext",
        "SHA": SHA,
    }
    assert set(step["env"]) == set(values)
    done = subprocess.run(
        ["bash", "-c", step["run"]],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "NOTED": str(tmp_path), **values},
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "")
    words = (tmp_path / "words").read_text().splitlines()
    assert words[-3:] == [
        "--",
        "deploy@example.org",
        "cd '/opt/vnext' && docker compose -f docker-compose-vnext.yml exec -T worker"
        f" python -m pipeline deploy {SHA} --no-follow",
    ]
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes", "2222"} <= set(words)
    assert (tmp_path / "key").read_text() == values["SSH_KEY"] + "\n"
    assert (tmp_path / "hosts").read_text() == values["SSH_KNOWN_HOSTS"] + "\n"
    assert (tmp_path / "mode").read_text() == "600\n"
    assert not Path((tmp_path / "folder").read_text().strip()).exists()


def test_the_secrets_that_it_reads_are_told() -> None:
    text = FILE.read_text()
    read = re.findall(r"\b(?:secrets|vars)\.([A-Z_]+)", text)
    told = page("docs/triggers.md").section("A workflow on GitHub")
    assert len(read) == 5
    assert [name for name in read if f"`{name}`" not in told] == []


@pytest.mark.parametrize(
    ("sent", "code", "deployed"),
    [
        (f"cd /x && anything deploy {SHA} --no-follow", 0, SHA),
        (f"deploy {SHA}; rm -rf /", 0, SHA),
        ("deploy main", 64, None),
        ("", 64, None),
    ],
)
def test_the_forced_command_lets_only_a_commit_through(
    tmp_path: Path, sent: str, code: int, deployed: str | None
) -> None:
    [text] = [block for block in page("docs/triggers.md").blocks("sh") if "SSH_ORIGINAL_COMMAND" in block]
    script = textwrap.dedent(text).replace("/opt/server-agent-vnext", str(tmp_path))
    (tmp_path / "docker").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >words\n')
    (tmp_path / "docker").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "SSH_ORIGINAL_COMMAND": sent},
        check=False,
        capture_output=True,
        timeout=SECONDS,
    )
    assert done.returncode == code
    words = (tmp_path / "words").read_text().splitlines() if (tmp_path / "words").exists() else []
    assert words[-3:] == (["deploy", deployed, "--no-follow"] if deployed else [])
