"""What a backup's name tells, and the commands that follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.database.archive import (
    Locked,
    decrypting,
    encrypted,
    encrypting,
    packing,
    stem,
    unpacking,
    wrong_key,
)
from pipeline.database.dump import manifest_of
from pipeline.process import CommandFailed, Finished

KEY = Path("/keys/mine")
AGE = "age --decrypt --identity /keys/mine"
ZSTD = "zstd --decompress --quiet --stdout"


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("agent-1.dump", []),
        ("agent-1.dump.zst", [ZSTD]),
        ("agent-1.dump.zst.age", [AGE, ZSTD]),
        ("agent.dump.zst-1.dump", []),
    ],
)
def test_how_a_file_is_opened_follows_from_its_name(name: str, commands: list[str]) -> None:
    assert [" ".join(each.argv) for each in unpacking(Path(name), KEY)] == commands


def test_an_encrypted_file_without_a_key_is_locked() -> None:
    with pytest.raises(
        Locked, match=r"^agent\.dump\.zst\.age is encrypted, and BACKUP_IDENTITY is not set\. "
    ):
        unpacking(Path("/b/agent.dump.zst.age"), None)
    assert encrypted(Path("agent.dump.zst.age"))
    assert not encrypted(Path("agent.dump.zst"))
    assert unpacking(Path("agent.dump.zst"), None) == unpacking(Path("agent.dump.zst"), KEY)


@pytest.mark.parametrize("ending", [".dump", ".dump.zst", ".dump.zst.age"])
def test_the_manifest_lies_beside_every_form(ending: str) -> None:
    file = Path(f"/b/agent.dump.zst-run7{ending}")
    assert stem(file) == "agent.dump.zst-run7"
    assert manifest_of(file) == Path("/b/agent.dump.zst-run7.manifest.json")


def test_how_it_is_packed_and_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert packing().argv == ("zstd", "-T4", "-3", "--check", "--quiet", "--stdout")
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert packing().argv[1] == "-T8"
    assert encrypting(["age1a", "ssh-rsa AAAA"]).argv == (
        *("age", "--encrypt", "--recipient", "age1a"),
        *("--recipient", "ssh-rsa AAAA"),
    )
    assert " ".join(decrypting(KEY).argv) == AGE


@pytest.mark.parametrize(
    ("stderr", "wrong"),
    [
        ("age: error: no identity matched any of the recipients", True),
        ("age: error: failed to decrypt and authenticate payload chunk", False),
    ],
)
def test_a_wrong_key_is_told_from_a_damaged_file(stderr: str, wrong: bool) -> None:
    finished = Finished(1, "", stderr, 0.1)
    assert wrong_key(CommandFailed("age failed", finished=finished, advice="")) is wrong
    assert not wrong_key(CommandFailed("age was stopped", finished=None, advice=""))
