"""What the bot keeps: updates, pushes, cards."""

import json
from dataclasses import replace
from datetime import timedelta

from pipeline.model.release import RunId
from pipeline.model.results import CommitLine
from pipeline.model.run import Run
from pipeline.model.states import ExitCode, RunState
from pipeline.store.chat import ShownCard, StoredUpdate
from pipeline.store.connect import Address
from pipeline.store.store import Store, open_store

CHAT = 42
COMMITS = [CommitLine(sha="a" * 40, author="Ada", subject="Answer <faster> & better")]


async def test_updates_are_kept_once_and_handled_in_order(store: Store) -> None:
    inbox = store.inbox
    assert await inbox.last_id() is None
    await inbox.store([(12, '{"update_id": 12}'), (10, '{"update_id": 10}')])
    await inbox.store([(12, '{"update_id": 12}'), (11, '{"update_id": 11}')])
    assert await inbox.last_id() == 12
    open_ = await inbox.open(9)
    assert all(update.age < timedelta(minutes=1) for update in open_)
    assert [replace(update, age=timedelta()) for update in open_] == [
        StoredUpdate(update_id=number, raw=f'{{"update_id": {number}}}', attempts=0, age=timedelta())
        for number in (10, 11, 12)
    ]
    assert [update.update_id for update in await inbox.open(2)] == [10, 11]
    assert [await inbox.attempt(11), await inbox.attempt(11)] == [1, 2]
    await inbox.close(10)
    await inbox.close(11, "it raised ValueError")
    assert [update.update_id for update in await inbox.open(9)] == [12]
    await inbox.store([(10, '{"update_id": 10}')])
    assert [update.update_id for update in await inbox.open(9)] == [12]
    rows = await store.pool.fetch("SELECT update_id, attempts, problem FROM inbox ORDER BY update_id")
    assert [tuple(row) for row in rows] == [(10, 0, None), (11, 2, "it raised ValueError"), (12, 0, None)]


async def test_another_update_with_a_known_id_is_new(store: Store) -> None:
    """Ids begin anew with another bot, and after a quiet week."""
    inbox = store.inbox
    await inbox.store([(10, '{"update_id": 10, "text": "/status"}')])
    await inbox.attempt(10)
    await inbox.close(10, "it raised ValueError")
    await inbox.store([(10, '{"text": "/status",  "update_id": 10}')])
    assert await inbox.open(9) == []
    await inbox.store([(10, '{"update_id": 10, "text": "/deploy"}')])
    [update] = await inbox.open(9)
    assert (json.loads(update.raw)["text"], update.attempts) == ("/deploy", 0)


async def test_a_card_is_one_message_of_a_chat(store: Store) -> None:
    cards = store.cards
    assert await cards.get("run", 1, CHAT) is None
    await cards.show("run", 1, CHAT, message=7, shown="a", final=False)
    await cards.show("run", 1, CHAT, message=8, shown="b", final=True)
    await cards.show("result", 1, CHAT, message=9, shown="c", final=True)
    assert await cards.get("run", 1, CHAT) == ShownCard(message_id=8, shown="b", final=True)
    assert await cards.get("result", 1, CHAT) == ShownCard(message_id=9, shown="c", final=True)
    assert await cards.get("run", 1, CHAT + 1) is None
    assert await cards.get("run", 2, CHAT) is None


async def test_one_try_counts_where_the_answer_waits_and_strangers_fill_nothing(store: Store) -> None:
    inbox = store.inbox
    await inbox.store([(10, '{"update_id": 10}'), (11, '{"update_id": 11}')])
    assert [await inbox.attempt(10), await inbox.attempt(10)] == [1, 2]
    await inbox.rest(10)
    assert await inbox.attempt(10) == 2
    await inbox.drop(11)
    assert [update.update_id for update in await inbox.open(9)] == [10]
    assert await store.pool.fetchval("SELECT count(*) FROM inbox") == 1


async def test_other_bots_on_this_journal_are_known_by_name(store: Store, address: Address) -> None:
    assert await store.inbox.other_bots() == []
    async with (
        open_store(address, name="vnext-bot here 1") as here,
        open_store(address, name="vnext-bot there 22"),
        open_store(address, name="vnext-worker there 23"),
    ):
        assert [other.name for other in await here.inbox.other_bots()] == ["there 22"]
        assert [other.name for other in await store.inbox.other_bots()] == ["here 1", "there 22"]


async def _told(store: Store, run: Run, chat: int) -> tuple[list[RunId], list[RunId]]:
    """The runs and the results that are still to be told."""
    of = (run.project_id, chat)
    return await store.cards.runs_to_tell(*of), await store.cards.results_to_tell(*of)


async def test_which_runs_and_results_a_chat_is_still_to_be_told(store: Store, run: Run) -> None:
    cards = store.cards
    await store.chats.settle(run.project_id, CHAT)
    await store.chats.settle(run.project_id, CHAT + 1)
    assert await _told(store, run, CHAT) == ([run.id], [])
    await cards.show("run", run.id, CHAT, message=7, shown="a", final=False)
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    assert await _told(store, run, CHAT) == ([run.id], [run.id])
    await cards.show("run", run.id, CHAT, message=7, shown="b", final=True)
    await cards.show("result", run.id, CHAT, message=8, shown="c", final=False)
    assert await _told(store, run, CHAT) == ([], [run.id])
    await cards.show("result", run.id, CHAT, message=8, shown="c", final=True)
    assert await _told(store, run, CHAT) == ([], [])
    assert await _told(store, run, CHAT + 1) == ([run.id], [run.id])


async def _ago(store: Store, hours: float) -> None:
    """Everything so far happened so many hours earlier."""
    past = timedelta(hours=hours)
    await store.pool.execute(
        "UPDATE runs SET requested_at = requested_at - $1::interval,"
        " finished_at = finished_at - $1::interval",
        past,
    )
    await store.pool.execute("UPDATE homes SET known_since = known_since - $1::interval", past)


async def test_what_ended_before_a_chat_was_known_is_no_news_to_it(store: Store, run: Run) -> None:
    cards = store.cards
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    await _ago(store, 0.1)
    await store.chats.settle(run.project_id, CHAT)
    assert await _told(store, run, CHAT) == ([], [])
    await cards.show("run", run.id, CHAT, message=7, shown="a", final=False)
    assert await cards.runs_to_tell(run.project_id, CHAT) == [run.id]  # its card still says that it runs


async def test_what_was_under_way_when_a_chat_became_known_is_told(store: Store, run: Run) -> None:
    await _ago(store, 30)
    await store.chats.settle(run.project_id, CHAT)
    assert await store.cards.runs_to_tell(run.project_id, CHAT) == [run.id]
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    assert await store.cards.results_to_tell(run.project_id, CHAT) == [run.id]


async def test_however_long_telegram_was_away_nothing_is_dropped(store: Store, run: Run) -> None:
    await store.chats.settle(run.project_id, CHAT)
    await store.runs.finish(run.id, run.epoch, RunState.FAILED, ExitCode.TEST_FAILED, None)
    await _ago(store, 24 * 40)
    await store.chats.settle(run.project_id, CHAT)
    assert await _told(store, run, CHAT) == ([run.id], [run.id])
