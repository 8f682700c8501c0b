"""Copies off site that fail are told once, by a message that changes when they go well again."""

from __future__ import annotations

from pipeline.model.release import Backup
from pipeline.model.states import RunState
from tests.integration.bot.house import House


async def _backed_up(house: House) -> Backup:
    hand = await house.requested("/backup")
    backup = await house.store.releases.add_backup(
        house.project.id,
        (hand.run.id, hand.run.epoch),
        database="server_agent",
        path="/b",
        size=2048,
        sha256="0" * 64,
        manifest_sha256="1" * 64,
    )
    await hand.finish(RunState.SUCCEEDED)
    return backup


async def test_a_trouble_is_one_message_over_its_life_also_for_a_bot_that_starts_anew(house: House) -> None:
    backup = await _backed_up(house)
    copies = house.store.copies
    assert await copies.failed(backup, "No route to <it>.")
    await copies.trouble(backup, of_file=False, problem="No route to <it>.", advice="Look at the line.")
    told = await house.read("Backups are not copied off site", "No route to <it>.", "Next: Look at the line.")
    await house.stop()
    await copies.trouble(backup, of_file=False, problem="Again no route.", advice="Look at the line.")
    house.start()
    await house.master.say("/restore")
    await house.read("Which backup", "not copied off site: No route to <it>.")
    await copies.done(backup)
    over = await house.read("Backups are copied off site again")
    assert over.id == told.id
    await house.master.say("/restore")
    await house.read("Which backup", "· copied off site")
    assert sum("copied off site again" in each.text for each in await house.bot_messages()) == 1


async def test_a_backup_that_is_damaged_on_the_server_is_told_apart(house: House) -> None:
    backup = await _backed_up(house)
    await house.store.copies.trouble(backup, of_file=True, problem="It is gone.", advice="Make another.")
    await house.read(f"Backup {backup.id} is damaged", "It is gone.")
    await house.store.copies.trouble(backup, of_file=False, problem="No route.", advice="Look.")
    await house.read("Backups are not copied off site", "No route.")

    async def all_told() -> bool:
        card = await house.store.cards.get("copies", 1, house.settings.master_chat_id)
        return card is not None and card.final

    await house.until(all_told, "the damaged one has its last word")
