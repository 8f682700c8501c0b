"""The past: listed from an index, folded away bit by bit, and in nobody's way however long it is."""

import asyncio
from dataclasses import fields
from datetime import datetime, timedelta

from pipeline.cancelling import end
from pipeline.engine.folding import fold, keep_folding
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunKind, RunState, Source, StageName, StageState
from pipeline.store.connect import Address, connect
from pipeline.store.history import PastRun
from pipeline.store.queries import load
from pipeline.store.store import Store, open_store
from tests.journal_history import ASKED, CHAT, PROJECT, lay_history, plan

RUNS = 4000
MUCH = 200
"""More rows than any question should look at: they ask for ten runs at most, with ten events each."""


async def _ended(store: Store, project: Project, days: float) -> Run:
    """A run that ended so long ago, with six events."""
    asked = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    run = await store.runs.claim(asked.id)
    assert run is not None
    await store.runs.begin(run.id, 1, StageName.BACKUP, 1)
    await store.runs.end(run.id, 1, StageName.BACKUP, StageState.SUCCEEDED, None)
    await store.runs.move(run.id, 1, RunState.REVERTING)
    await store.runs.finish(run.id, 1, RunState.SUCCEEDED, ExitCode.SUCCESS, None)
    await store.pool.execute(
        "UPDATE events SET at = at - make_interval(secs => $2) WHERE run_id = $1", run.id, days * 86400
    )
    await store.pool.execute(
        "UPDATE runs SET finished_at = finished_at - make_interval(secs => $2) WHERE id = $1",
        run.id,
        days * 86400,
    )
    return run


async def _kinds(store: Store, run: Run) -> list[str]:
    return [event["kind"] for event in await store.runs.events(run.id)]


WHOLE = ["requested", "claimed", "stage_started", "stage_ended", "reverting", "finished"]


async def test_old_events_become_one_and_all_else_stays(store: Store, project: Project) -> None:
    old, young = await _ended(store, project, 11), await _ended(store, project, 9)
    active = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    await store.pool.execute("UPDATE events SET at = at - interval '99 days' WHERE run_id = $1", active.id)
    await store.audit.write("tester", "asked")
    view, events = await store.runs.view(old.id), await store.runs.events(old.id)
    assert [event["kind"] for event in events] == WHOLE

    assert await store.history.fold_events(10, 100) == 1
    [folded] = await store.runs.events(old.id)
    assert (folded["kind"], folded["data"]["events"]) == ("folded", 6)
    assert datetime.fromisoformat(folded["data"]["first"]) == events[0]["at"]
    assert datetime.fromisoformat(folded["data"]["last"]) == events[-1]["at"]
    assert await store.runs.view(old.id) == view
    assert await _kinds(store, young) == WHOLE
    assert await _kinds(store, active) == ["requested"]
    assert [line.action for line in await store.audit.before(9)] == ["asked", *["run requested"] * 3]

    assert await store.history.fold_events(10, 100) == 0
    assert await store.history.fold_events(8, 100) == 1
    assert [event["data"]["events"] for event in await store.runs.events(old.id)] == [6]
    assert await _kinds(store, young) == ["folded"]


async def test_many_fold_side_by_side_each_run_once_and_nobody_is_woken(
    store: Store, project: Project, address: Address
) -> None:
    runs = [await _ended(store, project, 20 + number) for number in range(12)]
    listener = await connect(address)
    told: list[str] = []
    await listener.add_listener("pipeline", lambda *args: told.append(args[3]))
    async with open_store(address) as other:
        counts = []
        while batch := await asyncio.gather(*(s.history.fold_events(10, 3) for s in (store, other))):
            counts += batch
            if not any(batch):
                break
    assert sum(counts) == 12
    assert max(counts) == 3
    assert [await _kinds(store, run) for run in runs] == [["folded"]] * 12
    await store.pool.execute("SELECT pg_notify('pipeline', 'the end')")
    async with asyncio.timeout(60):
        while "the end" not in told:  # noqa: ASYNC110 - the driver calls back
            await asyncio.sleep(0.02)
    await listener.close()
    assert told == ["the end"]


async def test_a_run_goes_on_while_events_are_folded(
    store: Store, project: Project, address: Address
) -> None:
    old = await _ended(store, project, 30)
    asked = await store.runs.request(project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    run = await store.runs.claim(asked.id)
    assert run is not None
    folding = await connect(address)
    transaction = folding.transaction()
    await transaction.start()
    assert await folding.fetchval(load("history")["fold_events"], 10, 100) == 1
    async with asyncio.timeout(60):
        await store.runs.begin(run.id, 1, StageName.BACKUP, 1)
        await store.runs.end(run.id, 1, StageName.BACKUP, StageState.SUCCEEDED, None)
        await store.runs.view(old.id)
        assert await store.history.fold_events(10, 100) == 0
    await transaction.rollback()
    await folding.close()
    assert await _kinds(store, old) == WHOLE
    assert await store.history.fold_events(10, 100) == 1


async def test_updates_handled_long_ago_are_forgotten(store: Store) -> None:
    await store.inbox.store([(number, f'{{"update_id": {number}}}') for number in range(1, 7)])
    for number in range(1, 6):
        await store.inbox.close(number)
    await store.pool.execute(
        "UPDATE inbox SET handled_at = handled_at - interval '11 days' WHERE update_id IN (1, 2, 3, 5)"
    )
    await store.pool.execute("UPDATE inbox SET received_at = now() - interval '99 days'")
    assert [await store.history.forget_updates(10, 3) for _ in range(3)] == [3, 1, 0]
    left = await store.pool.fetch("SELECT update_id FROM inbox ORDER BY 1")
    assert [row["update_id"] for row in left] == [4, 6]


async def _known(store: Store) -> timedelta:
    ago: timedelta = await store.pool.fetchval(
        "SELECT now() - known_since FROM homes WHERE chat_id = $1", CHAT
    )
    return ago


async def test_a_chat_is_known_from_the_oldest_run_that_it_was_not_told_of(
    store: Store, project: Project
) -> None:
    await store.pool.execute(
        "INSERT INTO homes VALUES ($1, $2, now() - interval '90 days')", project.id, CHAT
    )
    old, missed = await _ended(store, project, 30), await _ended(store, project, 20)
    for run in (old, missed):
        await store.pool.execute(
            "UPDATE runs SET requested_at = finished_at - interval '1 hour' WHERE id = $1", run.id
        )
    for run in (old, missed):
        await store.cards.show("run", run.id, CHAT, message=1, shown="x", final=True)
    await store.cards.show("result", old.id, CHAT, message=2, shown="x", final=True)
    await store.history.move_known_since()
    assert timedelta(days=20) < await _known(store) < timedelta(days=21)
    assert await store.cards.results_to_tell(project.id, CHAT) == [missed.id]

    await store.cards.show("result", missed.id, CHAT, message=3, shown="x", final=True)
    await store.history.move_known_since()
    assert timedelta(hours=23) < await _known(store) < timedelta(hours=25)

    await store.pool.execute("UPDATE homes SET known_since = now()")
    await store.history.move_known_since()
    assert await _known(store) < timedelta(minutes=5)


COUNTS = """
SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM events WHERE kind = 'folded'),
    (SELECT count(*) FROM inbox), (SELECT count(*) FROM runs), (SELECT count(*) FROM stages)
"""


async def test_all_that_is_old_goes_in_several_steps_and_once(
    store: Store, project: Project, address: Address
) -> None:
    connection = await connect(address)
    await lay_history(connection, project.id, runs=250, events=4)
    before = await connection.fetchrow(COUNTS)
    assert tuple(before)[:4] == (1000, 0, 250, 250)
    for _ in range(2):
        await fold(store, 1)
        assert tuple(await connection.fetchrow(COUNTS)) == (250, 250, 0, 250, before[4])
    await connection.close()


async def test_folding_goes_on_after_trouble(store: Store, project: Project) -> None:
    await store.pool.execute("ALTER TABLE inbox RENAME TO elsewhere")
    folding = asyncio.create_task(keep_folding(store, 10, every=0.01))
    run = await _ended(store, project, 11)
    async with asyncio.timeout(60):
        while await _kinds(store, run) != ["folded"]:  # noqa: ASYNC110 - folding is no news
            await asyncio.sleep(0.02)
    assert not folding.done()
    await end([folding])


LONG = {
    "runs",
    "stages",
    "events",
    "approvals",
    "questions",
    "pushes",
    "cards",
    "releases",
    "backups",
    "inbox",
}


async def test_no_question_reads_a_whole_table(store: Store, project: Project, address: Address) -> None:
    connection = await connect(address)
    await lay_history(connection, project.id, runs=RUNS, events=10)
    await store.history.move_known_since()  # as is done each day
    whole, much, past = {}, {}, None
    for (file, block), given in ASKED.items():
        steps = await plan(
            connection, file, block, *(project.id if value is PROJECT else value for value in given)
        )
        whole[block] = [step.table for step in steps if step.kind == "Seq Scan" and step.table in LONG]
        much[block] = [str(step) for step in steps if step.rows > MUCH]
        past = [str(step) for step in steps] if block == "past_runs" else past
    await connection.close()
    assert {block: tables for block, tables in whole.items() if tables} == {}
    assert {block: steps for block, steps in much.items() if steps} == {}
    assert past == ["Limit", "Index Only Scan on runs_past"]


async def test_the_list_of_past_runs(store: Store, project: Project) -> None:
    ended = await _ended(store, project, 1)
    other = await store.releases.project("other", "https://example.org/other.git", "main")
    await store.runs.request(other.id, RunKind.BACKUP, source=Source.CLI, by="somebody")
    active = await store.runs.request(project.id, RunKind.DEPLOY, source=Source.CLI, by="tester")
    listed = await store.history.runs(project.id, 5)
    runs = [await store.runs.get(run.id) for run in (active, ended)]
    assert listed == [
        PastRun(**{field.name: getattr(run, field.name) for field in fields(PastRun)}) for run in runs
    ]
    assert [run.id for run in await store.history.runs(project.id, 1)] == [active.id]
