"""Where copies go, and the commands that bring them there, as whole command lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.offsite import Place, place, rclone_command, restic_command

FILES = [Path("/b/agent/one.dump"), Path("/b/agent/--one.manifest.json")]


@pytest.mark.parametrize(
    ("text", "tool", "where"),
    [
        ("rclone:nas:backups/vnext", "rclone", "nas:backups/vnext"),
        ("rclone:/mnt/nas", "rclone", "/mnt/nas"),
        ("rclone::local:/mnt/nas", "rclone", ":local:/mnt/nas"),
        ("restic:/mnt/nas/repository", "restic", "/mnt/nas/repository"),
        ("restic:s3:https://s3.example.org/bucket", "restic", "s3:https://s3.example.org/bucket"),
        ("restic:sftp:me@nas:/vnext", "restic", "sftp:me@nas:/vnext"),
    ],
)
def test_a_place(text: str, tool: str, where: str) -> None:
    found = place(text)
    assert (found.tool, found.where) == (tool, where)


@pytest.mark.parametrize(
    "text", ["", "rclone", "rclone:", "rclone: ", "rclone:nas", "borg:/b", "RESTIC:/b", " rclone:a:b"]
)
def test_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="rclone:REMOTE:PATH"):
        place(text)


@pytest.mark.parametrize(
    ("where", "secrets"),
    [
        ("nas:backups", []),
        ("rest:https://me:hunter2@example.org/", ["hunter2"]),
        ("sftp://me:hun%20ter@example.org/", ["hun%20ter", "hun ter"]),
        (':webdav,url="https://example.org",user=me,pass="hunter2":backups', ["hunter2"]),
        (":s3,access_key_id=public1,secret_access_key=hunter2:b", ["hunter2"]),
    ],
)
def test_passwords_in_a_place_are_known(where: str, secrets: list[str]) -> None:
    found = Place(tool="rclone", where=where)
    assert set(secrets) <= set(found.secrets)
    assert bool(found.secrets) == bool(secrets)
    assert where not in repr(found)


def test_what_rclone_is_called_with() -> None:
    command = rclone_command(place("rclone:nas:backups"), FILES, "agent", "copy", "--ignore-times")
    assert command.argv == (
        *("rclone", "--quiet", "--stats=0", "--transfers=1"),
        *("--retries=1", "--low-level-retries=3", "--contimeout=15s", "--timeout=1m"),
        *("copy", "--ignore-times", "--files-from-raw=-", "--", "/b/agent", "vnextoffsite:agent"),
    )
    assert command.env == {
        "RCLONE_CONFIG_VNEXTOFFSITE_TYPE": "alias",
        "RCLONE_CONFIG_VNEXTOFFSITE_REMOTE": "nas:backups",
    }
    assert command.stdin == b"one.dump\n--one.manifest.json\n"


def test_the_place_is_in_no_argument_and_a_name_no_option_of_restic() -> None:
    command = restic_command(place("restic:rest:https://me:hunter2@example.org/"), "restic", "snapshots")
    assert command.argv == ("restic", "snapshots")
    assert command.env == {"RESTIC_REPOSITORY": "rest:https://me:hunter2@example.org/"}
    assert "hunter2" not in repr(command)
