"""/rollback in the chat where the schema moved: the choice, stale taps, and that silence chooses no data."""

from __future__ import annotations

import pytest

from demo.botapi import Answer, ChatMessage
from pipeline.model.release import Backup, Release, ReleaseId, Undoing
from pipeline.model.states import ExitCode, RunKind, RunState
from tests.integration.bot.house import GOAL_SHA, LIVE_SHA, Hand, House

ASKS = "Only the code, or the data of then too?"


async def _live(house: House, sha: str, revision: str, undoing: Undoing | None = None) -> Release:
    releases = house.store.releases
    made = await releases.add(
        house.project.id,
        run=None,
        sha=sha,
        branch="main",
        images={"app": f"sha256:{sha}"},
        compose_file="/kept/compose.yml",
        compose_hash=sha,
        schema_revision=revision,
        backup=None,
        fence=None,
        undoing=undoing,
    )
    await releases.make_live(house.project.id, ReleaseId(made.id), revision, fence=None)
    return made


async def _moved(house: House, undoing: Undoing | None = None) -> tuple[Release, Backup, Release]:
    """The release of before, the backup that the run made which replaced it, and what is live."""
    before = await _live(house, LIVE_SHA, "1")
    hand = await house.requested("/backup")
    await house.store.runs.note(hand.run.id, hand.run.epoch, live=before.id)
    backup = await house.store.releases.add_backup(
        house.project.id,
        (hand.run.id, hand.run.epoch),
        database="server_agent",
        path="/b",
        size=2048,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
        schema_revision="1",
    )
    await hand.finish(RunState.SUCCEEDED)
    return before, backup, await _live(house, GOAL_SHA, "2", undoing)


async def _rollbacks(house: House) -> list[tuple[RunKind, str | None]]:
    return [(kind, target) for kind, target in await house.runs() if kind.goes_back]


async def _asked(house: House, text: str = "/rollback", after: ChatMessage | None = None) -> ChatMessage:
    await house.master.say(text)
    return await house.read(ASKS, after=after)


async def test_a_choice_is_put_before_anything_is_asked_for(house: House) -> None:
    before, backup, _ = await _moved(house)
    card = await _asked(house)
    assert f"backup {backup.id} (2.0 kB) comes back, too. Everything written since" in card.text
    assert card.labels == ["Code only", "Code + data", "Cancel"]
    assert await house.master.tap(card, "Cancel") == Answer("Nothing was started.", False)
    assert await _rollbacks(house) == []
    said = await house.master.tap(card, "Code only")
    hand = await Hand.claim(house.store, house.project)
    assert said == Answer(f"Rollback asked for: run {hand.run.id}.", False)
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(before.id))
    await hand.finish(RunState.FAILED, ExitCode.DEPLOY_FAILED)
    said = await house.master.tap(card, "Code + data")
    hand = await Hand.claim(house.store, house.project)
    assert said == Answer(f"Rollback with data asked for: run {hand.run.id}.", False)
    assert (hand.run.kind, hand.run.target) == (RunKind.REWIND, str(before.id))
    await hand.finish(RunState.EXPIRED, ExitCode.NOT_APPROVED)
    result = await house.read("Rollback with data not approved in time")
    await house.master.tap(result, "Roll back again")
    again = await house.read(ASKS, after=result)
    assert again.labels == ["Code only", "Code + data", "Cancel"]
    assert len(await _rollbacks(house)) == 2, "the data of then is asked for each time"


async def test_every_button_that_rolls_back_comes_to_the_same_choice(house: House) -> None:
    before, _, live = await _moved(house)
    await house.master.say("/help")
    menu = await house.read("What I can do")
    await house.master.tap(menu, "Roll back")
    card = await house.read(ASKS)
    hand = await house.requested()
    await house.store.runs.note(hand.run.id, hand.run.epoch, sha=GOAL_SHA, live=before.id, release=live.id)
    await hand.finish(RunState.SUCCEEDED)
    result = await house.read("✅ Deployed")
    await house.master.tap(result, "Roll back")
    await house.read(ASKS, after=result)
    assert await _rollbacks(house) == []
    await _live(house, "3" * 40, "3")
    late = await house.master.tap(card, "Code + data")
    assert late == Answer("Another release is live now. /rollback asks anew, from that one.", True)
    assert await _rollbacks(house) == []


async def test_without_a_backup_only_the_code_is_offered(house: House) -> None:
    before, backup, _ = await _moved(house)
    card = await _asked(house)
    await house.store.pool.execute("UPDATE backups SET pruned_at = now() WHERE id = $1", backup.id)
    gone = await house.master.tap(card, "Code + data")
    assert gone is not None
    assert gone.alert
    refused = f"Not started: No backup is kept that holds the data which release {before.id} ("
    assert gone.text.startswith(refused)
    alone = await _asked(house, f"/rollback {before.id}", after=card)
    assert alone.labels == ["Code only", "Cancel"]


@pytest.mark.parametrize("undoing", Undoing)
async def test_what_is_declared_starts_right_away(house: House, undoing: Undoing) -> None:
    before, _, _ = await _moved(house, undoing)
    hand = await house.requested(f"/rollback {LIVE_SHA[:7]}")
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(before.id))


async def test_a_schema_that_a_run_left_elsewhere_counts(house: House) -> None:
    """After a rollback of the code alone the way forward needs no data."""
    await _moved(house)
    hand = await house.requested("/backup")
    await house.store.releases.note_schema(house.project.id, "1", fence=(hand.run.id, hand.run.epoch))
    await hand.finish(RunState.SUCCEEDED)
    hand = await house.requested("/rollback")
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, None)
