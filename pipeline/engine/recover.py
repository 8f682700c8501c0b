"""A run whose executor is gone: the journal is compared with what is there, and says how to go on.

Before the switch a cut stage is done again. After it the real state decides: forward, back, or, where it
cannot be known, Master.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.database.restore import databases
from pipeline.model.hand_over import Carrier
from pipeline.model.question import Choice, Way
from pipeline.model.results import BackedUp, Built, Checked, Migrated, Prepared, Pulled, Result, Tagged
from pipeline.model.run import RunView
from pipeline.model.states import TOUCHING, RunKind, StageName, StageState
from pipeline.stages.journey import Journey, Marked
from pipeline.stages.live import images
from pipeline.stages.migrate import CREATING
from pipeline.stages.moved import revision_now

_GO_BACK = Choice(way=Way.BACK, label="Bring the previous release back")
_LEAVE = Choice(way=Way.LEAVE, label="Leave it as it is")
_REBUILT = (StageName.BUILD, StageName.TAG)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a look at the journal and at production showed. Images are ids by service.

    `cut` is the stage that began and has no result; `gone` are stages whose results are no longer there;
    `creating` is what a cut migration left before it created its container, `container` whether that is
    there still; `revision` the schema's now, None where it cannot be asked for. `handed_over`: of a run of
    the controller, in which nobody may be left to put a question.
    """

    cut: StageName | None
    touched: bool
    gone: tuple[StageName, ...] = ()
    serving: Mapping[str, str]
    goal: Mapping[str, str] | None = None
    live: Mapping[str, str] | None = None
    migrated: Migrated | None = None
    creating: Marked | None = None
    container: bool = False
    revision: str | None = None
    handed_over: bool = False


@dataclass(frozen=True)
class Forward:
    """The road goes on; results of `again` do not count any more."""

    again: tuple[StageName, ...] = ()


@dataclass(frozen=True)
class Back:
    """The previous release is to come back, because of `why`."""

    stage: StageName
    why: str


@dataclass(frozen=True)
class Ask:
    """Only Master can know. Silence means `fallback`."""

    stage: StageName
    what: str
    choices: tuple[Choice, ...]
    fallback: Way


Verdict = Forward | Back | Ask


def judge(facts: Facts) -> Verdict:
    """How a run that was cut goes on. Pure."""
    if not facts.touched:
        # An approval counts only while it fits: the stage looks again, and finds the answer that was given.
        return Forward(again=(*facts.gone, StageName.APPROVE))
    at = facts.cut or StageName.START
    foreign = _foreign(facts)
    if foreign:
        what = (
            f"Somebody changed production while this run was cut: {', '.join(foreign)} run images of neither"
            " the new release nor the one before."
        )
        if facts.handed_over:
            return Back(at, what)
        return Ask(
            at,
            what,
            (Choice(way=Way.AGAIN, label="Put the new release in place"), _GO_BACK, _LEAVE),
            Way.LEAVE,
        )
    if StageName.BUILD in facts.gone:
        return Back(at, "The images of the new release are gone since it was approved.")
    if facts.cut is StageName.MIGRATE:
        return _cut_migration(facts)
    done = facts.migrated
    if done and done.ran and done.after is not None and facts.revision != done.after:
        return Ask(
            StageName.MIGRATE,
            f"The migration brought the schema to {done.after}, but now it is at"
            f" {facts.revision or 'nothing that can be read'}: somebody changed the database while this run"
            " was cut.",
            (
                Choice(way=Way.AGAIN, label="Migrate again"),
                Choice(way=Way.ON, label="Go on as it is"),
                _GO_BACK,
            ),
            Way.BACK,
        )
    return Forward()


def _foreign(facts: Facts) -> list[str]:
    known = [facts.goal or {}, facts.live or {}]
    return sorted(
        service
        for service, image in facts.serving.items()
        if all(release.get(service) != image for release in known)
    )


def _cut_migration(facts: Facts) -> Verdict:
    """It is never run twice: its container tells how it went, or that it goes on still."""
    if facts.container or facts.creating is None:
        return Forward()
    before = facts.creating.get("before")
    if before is not None and facts.revision == before:
        return Forward()
    return Ask(
        StageName.MIGRATE,
        "The migration was cut and its container is gone, so how it ended is not known. The schema was at"
        f" {before or 'an unknown revision'} before it and is at {facts.revision or 'an unknown one'} now.",
        (
            Choice(way=Way.AGAIN, label="Migrate again"),
            Choice(way=Way.ON, label="It went well, go on"),
            _GO_BACK,
        ),
        Way.BACK,
    )


async def look(journey: Journey, view: RunView) -> Facts:
    """Raises EngineUnreachable, JournalUnreachable, errors of the journal."""
    parts = journey.parts
    rows = {row.name: row for row in view.stages}
    cut = next((row.name for row in view.stages if row.state is StageState.RUNNING), None)
    handed_over = parts.carrier is not Carrier.WORKER
    touched = handed_over or any(name in rows and rows[name].started_at is not None for name in TOUCHING)
    gone = await _gone(journey)
    if not touched:
        return Facts(cut=cut, touched=False, gone=gone, serving={})
    tagged = StageName.TAG in journey.results or view.run.kind is RunKind.RESTORE
    goal = await journey.goal() if tagged else None
    migrated = journey.found(StageName.MIGRATE, Migrated)
    revision = None
    if goal and (cut is StageName.MIGRATE or migrated):
        knows = journey.live if view.run.kind.goes_back else None
        revision = await revision_now(parts, knows, goal, run=view.run.id)
    marks = await parts.store.runs.marks(journey.run.id, StageName.MIGRATE)
    return Facts(
        cut=cut,
        touched=True,
        gone=gone,
        serving=await images(parts),
        goal=goal.images if goal else None,
        live=journey.live.images if journey.live else None,
        migrated=migrated,
        creating=marks.get(CREATING),
        container=await parts.engine.container(journey.one_off(StageName.MIGRATE)) is not None,
        revision=revision,
        handed_over=handed_over,
    )


async def _gone(journey: Journey) -> tuple[StageName, ...]:
    """Stages that went well and whose results are no longer there."""
    found: list[StageName] = []
    for name, result in journey.results.items():
        if not await _holds(journey, result):
            found += _REBUILT if name is StageName.BUILD else (name,)
    return tuple(found)


async def _holds(journey: Journey, result: Result) -> bool:
    engine = journey.parts.engine
    match result:
        case Pulled(source=source):
            return Path(source).is_dir()
        case BackedUp(path=str(path), bytes=size, plain=plain):
            file = Path(path)
            return file.is_file() and file.stat().st_size == size and (plain is None or Path(plain).is_file())
        case Built(images=built):
            return all([await engine.image(image) is not None for image in built.values()])
        case Checked(path=str(path), bytes=size):
            file = Path(path)
            return file.is_file() and file.stat().st_size == size
        case Checked(database=str(name)) | Prepared(database=name):
            return name in await databases(journey.parts.settings.journal)
        case Tagged():
            return (await journey.goal()).kept_compose_file.is_file()
        case _:
            return True
