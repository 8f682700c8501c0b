"""Encrypted backups: made without the private key, opened with it alone, never half opened."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.containers.engine import Engine
from pipeline.database.archive import Locked, read_whole
from pipeline.database.dump import DamagedDump, Dump, manifest_of
from pipeline.database.manifest import Manifest
from pipeline.database.sealing import BackupFailed, Seal
from pipeline.model.errors import ConfigurationError
from pipeline.model.results import BackedUp
from pipeline.model.states import ApprovalState, RunKind, RunState, StageName
from pipeline.parts import check_identity
from pipeline.process import CommandFailed
from tests.integration.pipeline.age_keys import Key, new_key
from tests.integration.pipeline.dumps import PATIENCE, Journeying, address_of, execute, run_id, value
from tests.integration.pipeline.stack import Stack, installed

FILL = """
CREATE TABLE thought (id serial PRIMARY KEY, words text NOT NULL);
INSERT INTO thought (words) SELECT md5(n::text) FROM generate_series(1, 20000) n;
"""


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return new_key(tmp_path, "identity.txt")


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def journeying(engine: Engine, postgres: Any) -> Journeying:
    made = Journeying(engine=engine, address=address_of(postgres, await postgres.create_database()))
    await execute(made.address, FILL)
    return made


async def _sealed(journeying: Journeying, folder: Path, *keys: str, identity: Path | None) -> Dump:
    seal = Seal(recipients=keys, identity=identity, scratch=folder / "work")
    return await journeying.backed_up(folder / "kept" / "agent.dump.zst.age", seal)


async def _read(journeying: Journeying, file: Path, identity: Path | None) -> None:
    number = run_id()
    await read_whole(
        await journeying.client(),
        file,
        name=f"run-{number}-read",
        run_id=number,
        identity=identity,
        timeout=PATIENCE,
        redact=str,
    )


async def test_it_is_made_without_the_private_key_and_comes_back_with_it(
    journeying: Journeying, key: Key, tmp_path: Path
) -> None:
    ssh = tmp_path / "ssh"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh], check=True, timeout=20)  # noqa: ASYNC221
    second = ssh.with_suffix(".pub").read_text().strip()
    made = await _sealed(journeying, tmp_path, key.recipient, second, identity=None)
    assert made.path.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert made.path.stat().st_mode & 0o077 == 0
    assert sorted(made.path.parent.iterdir()) == [made.path, manifest_of(made.path)]
    assert made.plain is not None
    assert made.plain.stat().st_mode & 0o077 == 0
    assert await journeying.brought_back(made.plain, made.manifest) == []
    for identity in (key.identity, ssh):
        assert await journeying.brought_back(made.path, made.manifest, identity=identity) == []


async def test_values_of_the_databases_settings_are_encrypted_too(
    journeying: Journeying, key: Key, tmp_path: Path
) -> None:
    name = journeying.address.database
    await execute(journeying.address, f"ALTER DATABASE {name} SET app.key = 'very secret, ''quoted'''")
    await execute(journeying.address, f"ALTER DATABASE {name} SET search_path = thoughts, public")
    made = await _sealed(journeying, tmp_path, key.recipient, identity=None)
    text = manifest_of(made.path).read_text()
    assert "app.key" in text
    assert "secret" not in text
    assert "thoughts" not in text
    kept = Manifest.from_json(text)
    assert await journeying.brought_back(made.path, kept, identity=key.identity) == []
    assert await value(journeying.into, "SELECT current_setting('app.key')") == "very secret, 'quoted'"
    assert await value(journeying.into, "SHOW search_path") == "thoughts, public"
    with pytest.raises(Locked, match="settings of the database are encrypted"):
        await journeying.brought_back(made.plain or made.path, kept)


async def test_with_the_private_key_it_is_opened_again_and_no_plain_copy_stays(
    journeying: Journeying, key: Key, tmp_path: Path
) -> None:
    made = await _sealed(journeying, tmp_path, key.recipient, identity=key.identity)
    assert made.plain is None
    assert list((tmp_path / "work").iterdir()) == []
    await _read(journeying, made.path, key.identity)


async def test_a_private_key_that_does_not_fit_fails_the_backup(
    journeying: Journeying, key: Key, tmp_path: Path
) -> None:
    other = new_key(tmp_path, "other.txt")
    with pytest.raises(BackupFailed, match="encrypted for other keys than that of BACKUP_IDENTITY") as caught:
        await _sealed(journeying, tmp_path, key.recipient, identity=other.identity)
    assert caught.value.advice.startswith("Add the public key of that one to BACKUP_RECIPIENTS")
    assert [list((tmp_path / name).iterdir()) for name in ("work", "kept")] == [[], []]


_SPOILING = """#!/bin/sh
case "$*" in *--encrypt*) {age} "$@" | (head -c {bytes}; cat > /dev/null);; *) exec {age} "$@";; esac
"""


@pytest.mark.parametrize("count", [900, 0])
async def test_an_encrypted_copy_that_does_not_open_is_kept_as_evidence_and_nothing_plain(
    journeying: Journeying, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    shim = tmp_path / "bin" / "age"
    shim.parent.mkdir()
    shim.write_text(_SPOILING.format(age=shutil.which("age"), bytes=count))
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(DamagedDump) as caught:
        await _sealed(journeying, tmp_path, key.recipient, identity=key.identity)
    assert caught.value.problem.startswith("the encrypted copy cannot be opened: age failed with exit code 1")
    made = caught.value.made
    assert (made.bytes, made.plain) == (count, None)
    assert sorted(made.path.parent.iterdir()) == [made.path, manifest_of(made.path)]
    assert list((tmp_path / "work").iterdir()) == []


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": lambda c: c[: len(c) // 2] + bytes([c[len(c) // 2] ^ 1]) + c[len(c) // 2 + 1 :],
    "truncated": lambda c: c[: len(c) // 2],
    "truncated where a block of it ends": lambda c: c[: c.index(b"\n--- ") + 49 + 16 + 2 * (65536 + 16)],
    "empty": lambda _: b"",
    "not encrypted": lambda _: bytes.fromhex("28b52ffd") + bytes(1000),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_one_is_neither_read_nor_restored(
    journeying: Journeying, key: Key, tmp_path: Path, damage: str
) -> None:
    made = await _sealed(journeying, tmp_path, key.recipient, identity=key.identity)
    bad = tmp_path / "bad.dump.zst.age"
    bad.write_bytes(DAMAGES[damage](made.path.read_bytes()))
    with pytest.raises(CommandFailed, match=r"^age failed with exit code 1"):
        await _read(journeying, bad, key.identity)
    with pytest.raises(CommandFailed, match=r"^age failed with exit code 1"):
        await journeying.brought_back(bad, made.manifest, identity=key.identity)


def _keyed(stack: Stack, identity: Path | None) -> None:
    stack.settings = stack.settings.model_copy(update={"backup_identity": identity})


async def _refused(stack: Stack, target: str) -> str:
    view = await stack.end((await stack.request(RunKind.RESTORE, target)).id)
    assert view.run.state is RunState.FAILED
    assert view.run.failure is not None
    assert view.run.failure.stage is StageName.CHECK
    assert "BACKUP_IDENTITY" in view.run.failure.advice
    return view.run.failure.what


async def test_on_the_road_the_key_is_asked_for_before_anything_is_touched(
    key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any, images: Any
) -> None:
    settings = {"backup_recipients": key.recipient, "deployment_timeout": 90}
    async with installed(tmp_path, monkeypatch, postgres, images, **settings) as stack:
        database = stack.settings.db_name
        await execute(stack.settings.application, f"{FILL} ALTER DATABASE {database} SET app.key = 'secret';")
        stack.remote.push("The first version")
        stack.start_worker()
        run = await stack.request(RunKind.DEPLOY)
        approval = await stack.plan(run.id)
        made = (await stack.store.runs.view(run.id)).stage(StageName.BACKUP)
        assert made is not None
        assert isinstance(made.result, BackedUp)
        first = made.result
        assert first.path is not None
        assert first.path.endswith(f"-run{run.id}.dump.zst.age")
        assert first.previous_bytes is None
        assert first.plain is not None
        assert Path(first.plain).parent.is_relative_to(stack.settings.state_dir / "runs")
        assert Path(first.plain).read_bytes().startswith(bytes.fromhex("28b52ffd"))
        assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        assert (await stack.end(run.id)).run.state is RunState.SUCCEEDED
        assert not await asyncio.to_thread(Path(first.plain).exists)

        number = str(first.backup_id)
        why = await _refused(stack, number)
        assert why == f"Backup {number} cannot be restored: it is encrypted, and BACKUP_IDENTITY is not set."
        await stack.stop_worker()
        _keyed(stack, new_key(tmp_path, "other.txt").identity)
        stack.start_worker()
        assert "for other keys than that of BACKUP_IDENTITY" in await _refused(stack, number)
        await stack.stop_worker()
        _keyed(stack, key.identity)
        stack.start_worker()
        await execute(stack.settings.application, "DELETE FROM thought WHERE id > 5")
        asked = await stack.request(RunKind.RESTORE, number)
        approval = await stack.plan(asked.id)
        assert await stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        view = await stack.end(asked.id)
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
        safety = view.stage(StageName.BACKUP)
        assert safety is not None
        assert isinstance(safety.result, BackedUp)
        assert (safety.result.previous_bytes, safety.result.plain) == (first.bytes, None)
        assert safety.result.bytes < first.bytes
        assert await value(stack.settings.application, "SELECT count(*) FROM thought") == 20000
        assert await value(stack.settings.application, "SHOW app.key") == "secret"


def test_a_key_that_cannot_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    class Settings:
        backup_identity = tmp_path / "not-there"

    with pytest.raises(ConfigurationError) as caught:
        check_identity(Settings())  # type: ignore[arg-type]
    assert caught.value.what == (
        f"BACKUP_IDENTITY is {tmp_path}/not-there (No such file or directory); allowed: the path of a file"
        " that the worker can read."
    )
