"""/restore in the chat: the list, the question what would be lost, and Undo."""

from __future__ import annotations

from demo.botapi import Answer
from pipeline.model.states import ExitCode, RunKind, RunState
from tests.integration.bot.house import House


async def test_a_restore_is_asked_for_only_after_it_was_said_what_would_be_lost(house: House) -> None:
    backup = await house.backed_up()
    await house.master.say("/restore")
    listed = await house.read("Which backup is to be restored?", f"{backup.id} · ", "2.0 kB")
    assert listed.labels == [listed.labels[0], f"Prove backup {backup.id}"]
    assert listed.labels[0].startswith(f"{backup.id}: ")
    await house.master.tap(listed, listed.labels[0])
    sure = await house.read("Really restore?", "would be gone from the database")
    assert await house.runs() == [(RunKind.BACKUP, None)]
    answer = await house.master.tap(sure, f"Restore backup {backup.id}")
    assert answer is not None
    assert answer.text.startswith("Restore asked for: run ")
    assert (await house.runs())[0] == (RunKind.RESTORE, str(backup.id))


async def test_a_backup_by_its_number_and_what_is_none(house: House) -> None:
    backup = await house.backed_up()
    await house.master.say(f"/restore {backup.id}")
    await house.read("Really restore?", f"Backup {backup.id} holds the data of")
    await house.master.say("/restore 4711")
    await house.read("There is no backup 4711.")
    await house.store.pool.execute("UPDATE backups SET pruned_at = now()")
    await house.master.say(f"/restore {backup.id}")
    await house.read(f"Backup {backup.id} was removed, ", "older than BACKUP_DAYS.", "/backup makes one.")
    await house.master.say("/restore")
    await house.read("There is no backup yet.")
    await house.master.say("/restore latest")
    await house.read("I cannot read latest", "/restore [number|undo]")
    assert await house.runs() == [(RunKind.BACKUP, None)]


async def test_only_the_newest_restore_is_undone_by_its_button(house: House) -> None:
    cards = []
    for _ in range(2):
        hand = await house.requested("/restore undo")
        await hand.finish(RunState.SUCCEEDED, ExitCode.SUCCESS)
        cards.append(await house.read("✅ Restored", f"run {hand.run.id} "))
    late = await house.master.tap(cards[0], "Undo")
    assert late == Answer("A newer restore went well since. /restore undo undoes that one.", True)
    answer = await house.master.tap(cards[1], "Undo")
    assert answer is not None
    assert answer.text.startswith("Restore asked for: run ")
    assert (await house.runs())[0] == (RunKind.RESTORE, "undo")
