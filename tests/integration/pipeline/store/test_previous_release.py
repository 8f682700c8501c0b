"""The previous release on the schema of now: its own tests of the store, run by its own code.

Which release that is stands in previous.txt; "How to write a migration" in docs/architecture.md says who
changes it. Where git does not have that commit, the tests are skipped and say what to fetch.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from pipeline.store import schema
from pipeline.store.connect import Address
from pipeline.store.migration import Migration, known, newest, read
from tests.integration.pipeline.store import on_new_schema
from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[4]
FOLDER = Path(__file__).parent.relative_to(ROOT)
COMMIT, NUMBER = Path(__file__).with_name("previous.txt").read_text().split()
CODE = int(NUMBER)
PATIENCE = 900.0
OPTIONS = ("-v", "-p", "on_new_schema", "-p", "no:cacheprovider", "-p", "no:xdist")

LEFT_OUT = {
    "test_schema.py": "compares the schema with that of its own release",
    "test_news.py": "judges by the clock, which a busy machine does not keep",
    "test_migrating.py": "makes schemas of its own",
    "test_migrate_command.py": "makes schemas of its own",
    "test_previous_release.py": "is about the release before it",
    "test_copies.py": "is about rclone and restic, and takes long",
    "test_audit.py::test_lines_from_before_keep_their_run_and_chat": "makes an old schema by hand",
    "test_opening.py::test_a_newer_schema_that_this_code_works_with_stays_as_it_is": "lists all migrations",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the previous release, as they are in git."""
    asked = ["git", "-C", str(ROOT), "archive", "--format=tar", COMMIT]
    packed = subprocess.run(asked, capture_output=True, check=False, timeout=PATIENCE)
    if packed.returncode != 0:
        pytest.skip(f"git has no {COMMIT} here: take a whole clone, or git fetch --unshallow")
    folder = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    shutil.copy(on_new_schema.__file__, folder / "on_new_schema.py")
    return folder


async def _template(postgres: PostgresServer, of: list[Migration]) -> str:
    """A database with the schema that these make; its name. What the previous release cannot share is undone,
    as it would be before it comes back."""
    name = f"previous_{secrets.token_hex(4)}"
    address = Address(
        host=postgres.host,
        port=postgres.port,
        user=postgres.user,
        password=postgres.password,
        database=name,
    )
    await schema.go_up(address, of)
    await schema.go_down_for(address, CODE, of)
    assert (await schema.standing(address, of)).shared_with(CODE)
    return name


async def _run(tree: Path, postgres: PostgresServer, template: str, *words: str) -> tuple[int, str]:
    """Exit code and output of pytest in the tree, with nothing of this process's own surroundings."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
    said = tree / f"{template}.txt"
    with said.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", *OPTIONS, *words),
            cwd=tree,
            env={
                **environment,
                "PYTHONPATH": str(tree),
                on_new_schema.SERVER: json.dumps(dataclasses.asdict(postgres)),
                on_new_schema.TEMPLATE: template,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(PATIENCE):
            code = await process.wait()
    except TimeoutError:
        pytest.fail(f"no end within {PATIENCE:g} s:\n{said.read_text()}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return code, said.read_text()


def _but_for_those_left_out() -> list[str]:
    return [
        f"--deselect={FOLDER / which}" if "::" in which else f"--ignore={FOLDER / which}"
        for which in LEFT_OUT
    ]


async def test_its_tests_of_the_store_pass_on_the_schema_of_now(tree: Path, postgres: PostgresServer) -> None:
    template = await _template(postgres, list(known()))
    code, out = await _run(tree, postgres, template, str(FOLDER), *_but_for_those_left_out())
    assert code == 0, out
    assert re.search(r"=+ \d{2,} passed\b.*=$", out, re.MULTILINE), out


async def test_a_migration_that_breaks_its_promise_is_found(tree: Path, postgres: PostgresServer) -> None:
    sql = f"-- works with: {NUMBER}\nALTER TABLE run_logs RENAME COLUMN content TO packed;"
    template = await _template(postgres, [*known(), read(f"{newest() + 1:04}", "breaks", sql)])
    code, out = await _run(tree, postgres, template, str(FOLDER / "test_logs.py"))
    assert code == int(pytest.ExitCode.TESTS_FAILED), out
    assert 'column "content"' in out


def test_the_previous_release_knows_the_schema_that_previous_txt_says(tree: Path) -> None:
    numbers = [int(path.name[:4]) for path in (tree / "pipeline/store/migrations").glob("*.sql")]
    assert max(numbers) == CODE
