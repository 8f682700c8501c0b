"""/drill in the chat, the buttons that ask for one, and backups in quarantine."""

from __future__ import annotations

from pipeline.model.release import Backup
from pipeline.model.states import ExitCode, RunKind, RunState, Source
from tests.integration.bot.house import Hand, House


async def _backed_up(house: House) -> Backup:
    asked = await house.store.runs.request(house.project.id, RunKind.BACKUP, source=Source.CLI, by="tester")
    run = await house.store.runs.claim(asked.id)
    assert run is not None
    backup = await house.store.releases.add_backup(
        house.project.id,
        (run.id, run.epoch),
        database="server_agent",
        path="/b",
        size=2048,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
    )
    await Hand(house.store, run).finish(RunState.SUCCEEDED)
    return backup


async def _ended(house: House) -> None:
    """The drill that was asked for goes well."""
    hand = await Hand.claim(house.store, house.project)
    assert hand.run.kind is RunKind.DRILL
    await hand.finish(RunState.SUCCEEDED, ExitCode.SUCCESS)


async def _drills(house: House) -> list[str | None]:
    return [target for kind, target in await house.runs() if kind is RunKind.DRILL]


async def test_a_drill_is_asked_for_by_command_and_by_button(house: House) -> None:
    await house.master.say("/drill")
    await house.read("Not started.", "There is no backup that could be proven.")
    backup = await _backed_up(house)
    await house.master.say("/drill")
    await _ended(house)
    await house.read("✅ Backup proven", "asked by Ada")
    await house.master.say(f"/drill {backup.id}")
    await _ended(house)
    await house.master.say("/restore")
    listed = await house.read("Which backup is to be restored?", "never proven")
    answer = await house.master.tap(listed, f"Prove backup {backup.id}")
    assert answer is not None
    assert answer.text.startswith("Drill asked for: run ")
    await _ended(house)
    assert await _drills(house) == [str(backup.id), str(backup.id), None]
    await house.master.say("/drill 4711")
    await house.read("There is no backup 4711.")
    await house.master.say("/drill newest")
    await house.read("I cannot read newest", "/drill [number | rollback [release]]")
    assert len(await _drills(house)) == 3


async def test_a_backup_in_quarantine_is_not_restored_but_may_be_tried_again(house: House) -> None:
    good, spoilt = await _backed_up(house), await _backed_up(house)
    await house.master.say("/restore")
    before = await house.read("Which backup is to be restored?")
    await house.master.say("/drill")
    hand = await Hand.claim(house.store, house.project)
    fence = (hand.run.id, hand.run.epoch)
    await house.store.releases.prove_backup(good.id, fence)
    await house.store.releases.quarantine_backup(spoilt.id, "it is <cut>", fence)
    await hand.finish(RunState.FAILED, ExitCode.BACKUP_FAILED)
    alert = await house.read("❌ Backup not usable")
    assert alert.labels == ["Back up", "Logs"]

    await house.master.say(f"/restore {spoilt.id}")
    await house.read(f"Backup {spoilt.id} is in quarantine since ", ": it is <cut>.", "tries this one again.")
    answer = await house.master.tap(before, before.labels[0])
    assert answer is not None
    assert answer.text.startswith(f"Not started: Backup {spoilt.id} is in quarantine since ")
    await house.master.say("/restore")
    listed = await house.read("in quarantine: it is <cut>", "proven ", after=before.id)
    assert [label.partition(":")[0] for label in listed.labels] == [str(good.id)]
    await house.master.say("/status")
    await house.read(f"Last proven backup: number {good.id}, ")
    await house.master.say(f"/drill {spoilt.id}")
    await _ended(house)
    assert await _drills(house) == [str(spoilt.id), None]


async def test_a_rollback_drill_is_asked_for_and_needs_a_release_to_go_back_to(house: House) -> None:
    await house.master.say("/drill rollback")
    await house.read("Not started.", "previous release")
    before = await house.make_live("1" * 40)
    await house.make_live("2" * 40)
    await house.master.say(f"/drill Rollback {before.id}")
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK_DRILL, str(before.id))
    await hand.finish(RunState.SUCCEEDED)
    await house.read("✅ Way back proven", "Production was not touched")
    await house.master.say("/drill rollback nothing")
    await house.read("Not started.", "nothing")
    assert len([kind for kind, _ in await house.runs() if kind is RunKind.ROLLBACK_DRILL]) == 1
