"""An application on Alembic migrations whose second release moves the schema: for tests of a way back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.model.plan import Approval
from pipeline.model.release import Release
from pipeline.model.run import RunView
from pipeline.model.states import ApprovalState, RunKind, RunState
from pipeline.process import Command, run
from pipeline.store.connect import connect
from tests.integration.pipeline.stack import Stack, installed

SAMPLE = Path(__file__).with_name("sample_with_alembic")
PACKAGES = "vnext-local/sample-packages:1"  # kept, so that each run of the tests finds what pip has fetched
NEW = {"startup_wait": 0.5, "smoke_attempts": 20, "approval_minutes": 5}
QUERY = "SELECT version_num FROM alembic_version"
SECOND = """
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("ALTER TABLE notes ADD COLUMN mark text NOT NULL DEFAULT 'new'")


def downgrade():
    op.execute("ALTER TABLE notes DROP COLUMN mark")
    op.execute("DO $$BEGIN IF to_regclass('stuck') IS NOT NULL THEN RAISE 'stuck'; END IF; END$$")
"""


@dataclass
class Moving:
    """`first` left the schema at 0001, `second` at 0002."""

    stack: Stack
    first: Release = field(init=False)
    second: Release = field(init=False)

    async def sql(self, query: str, *values: object) -> Any:
        connection = await connect(self.stack.settings.application)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

    async def write(self, title: str) -> None:
        await self.sql("INSERT INTO notes (title) VALUES ($1)", title)

    async def titles(self) -> list[str]:
        return list(await self.sql("SELECT array_agg(title ORDER BY title) FROM notes"))

    async def schema(self) -> str:
        return str(await self.sql("SELECT version_num FROM alembic_version"))

    async def live(self) -> Release:
        project = await self.stack.store.releases.project_by_id(self.stack.project.id)
        assert project.live_release_id is not None
        live = await self.stack.store.releases.get(project.live_release_id)
        assert live is not None
        assert {c.image.id for c in self.stack.containers()} == set(live.images.values()), "it serves, too"
        return live

    async def noted(self) -> str | None:
        """Where the journal knows the schema to be."""
        return (await self.stack.store.releases.project_by_id(self.stack.project.id)).schema_revision

    async def approved(self, kind: RunKind, target: str) -> tuple[Approval, RunView]:
        asked = await self.stack.request(kind, target)
        approval = await self.stack.plan(asked.id)
        assert await self.stack.store.approvals.answer(approval.nonce, ApprovalState.APPROVED, "tester")
        return approval, await self.stack.end(asked.id)

    async def deploy(self) -> Release:
        view = await self.stack.deploy()
        assert view.run.state is RunState.SUCCEEDED, view.run.failure
        return await self.live()


@contextlib.asynccontextmanager
async def moving(
    root: Path, patch: Any, postgres: Any, images: Any, *, declared: str = "", revision: str = QUERY
) -> AsyncIterator[Moving]:
    """`declared` is what the second release adds to x-pipeline.migrate, `revision` how both tell it."""
    python = ("--build-arg", f"PYTHON_IMAGE={images.python}")
    await _docker("build", "-q", "--target", "packages", "-t", PACKAGES, *python, str(SAMPLE))
    address = await _docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", postgres.container_id)
    async with installed(root, patch, postgres, images, sample=SAMPLE, **NEW) as stack:
        database = f"{postgres.user}:{postgres.password}@{address}/{stack.settings.db_name}"
        patch.setenv("DATABASE_URL", f"postgresql+pg8000://{database}")
        stack.remote.edit(
            "compose.yml", '      - {name: cache, command: [python, -c, ""], service: cache}\n', ""
        )
        stack.remote.edit("compose.yml", f"revision: {QUERY}", f"revision: {revision}")
        stack.remote.push("Notes")
        stack.start_worker()
        made = Moving(stack)
        made.first = await made.deploy()
        (stack.remote.clone / "migrations/versions/0002_marks.py").write_text(SECOND)
        if declared:
            line = f"    revision: {revision}\n"
            stack.remote.edit("compose.yml", line, f"{line}    {declared}\n")
        stack.remote.push("Marks")
        made.second = await made.deploy()
        assert (made.first.schema_revision, made.second.schema_revision) == ("0001", "0002")
        yield made


async def _docker(*words: str) -> str:
    done = await run(Command(argv=("docker", *words)), timeout=300, check=True)
    return done.stdout.strip()
