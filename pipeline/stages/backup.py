"""Backup: a dump of the application's database, if any, with its manifest, read back before it counts.

One that is not whole is kept in quarantine, as evidence, and ends the run.
"""

from __future__ import annotations

from pipeline.database.archive import ENCRYPTED, PACKED
from pipeline.database.client import find_client
from pipeline.database.dump import DamagedDump, Dump, dump
from pipeline.database.sealing import Seal
from pipeline.model.release import Backup
from pipeline.model.results import BackedUp
from pipeline.model.states import StageName
from pipeline.project.application import Application
from pipeline.stages.images import checkout
from pipeline.stages.journey import Journey
from pipeline.stages.quarantine import in_few_words, made_in_vain
from pipeline.stages.resolved import installed_compose_file, read
from pipeline.stages.revision import revision_of_backup
from pipeline.wording.backup import not_for_chat

_LOOKED_AT = 20
NO_DATABASE = "the application has no database (x-pipeline.database)"


async def run(journey: Journey) -> BackedUp:
    """Raises Unusable where what was written is damaged, BackupFailed where nothing could be written."""
    parts = journey.parts
    settings = parts.settings
    if not (await _application(journey)).section.database:
        journey.tell(NO_DATABASE)
        return BackedUp(backup_id=None, path=None, bytes=0, sha256=None, note=NO_DATABASE)
    client = await find_client(parts.engine, settings.application, parts.database_project)
    stamp = f"{parts.clock():%Y%m%dT%H%M%SZ}"
    before = await _before(journey)
    seal = Seal(
        recipients=settings.recipients,
        identity=settings.backup_identity,
        scratch=parts.layout.work(journey.run.id),
    )
    query, revision = await revision_of_backup(parts, journey.live, run=journey.run.id)
    ending = ENCRYPTED if seal.recipients else PACKED
    try:
        made = await dump(
            parts.engine,
            client,
            parts.layout.backups / f"{settings.db_name}-{stamp}-run{journey.run.id}{ending}",
            name=journey.one_off(StageName.BACKUP),
            run_id=journey.run.id,
            timeout=settings.backup_timeout,
            redact=parts.redact,
            tell=journey.tell,
            query=query,
            revision=revision,
            seal=seal if seal.recipients else None,
            last_bytes=before,
        )
    except DamagedDump as error:
        kept = await _recorded(journey, error.made, problem=in_few_words(journey, error.problem))
        raise await made_in_vain(journey, kept) from error
    backup = await _recorded(journey, made)
    return BackedUp(
        backup_id=backup.id,
        path=str(made.path),
        bytes=made.bytes,
        sha256=made.sha256,
        previous_bytes=before,
        plain=str(made.plain) if made.plain else None,
        chat=not_for_chat(made.path, made.bytes) if settings.backup_to_chat else None,
    )


async def _recorded(journey: Journey, made: Dump, *, problem: str | None = None) -> Backup:
    """With a `problem` it is in quarantine from the first moment on."""
    return await journey.parts.store.releases.add_backup(
        journey.project.id,
        journey.fence,
        database=journey.parts.settings.db_name,
        path=str(made.path),
        size=made.bytes,
        sha256=made.sha256,
        manifest_sha256=made.manifest_sha256,
        schema_revision=made.manifest.revision,
        problem=problem,
    )


async def _before(journey: Journey) -> int | None:
    """The size of the newest good backup of this database that another run made."""
    parts = journey.parts
    there = await parts.store.releases.backups(journey.project.id, _LOOKED_AT)
    others = [b for b in there if b.database == parts.settings.db_name and b.run_id != journey.run.id]
    return next((b.bytes for b in others if b.quarantined_at is None), None)


async def _application(journey: Journey) -> Application:
    """As the pulled commit has it; in a backup alone, as the live release has it."""
    if StageName.PULL in journey.results:
        return (await checkout(journey)).app
    live = journey.live
    return await read(
        journey.parts, live.kept_compose_file if live else installed_compose_file(journey.parts)
    )
