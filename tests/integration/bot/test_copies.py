"""Copies off site that fail are told once, by a message that changes; an encrypted backup comes as a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.home import Home
from bot.subjects import Face, Subjects
from demo.botapi import ChatMessage
from pipeline.engine.for_chat import keep_for_chat
from pipeline.freeze import Freeze
from pipeline.model.results import BackedUp
from pipeline.model.states import RunState, StageName, StageState
from pipeline.quiet import Quiet
from tests.integration.bot.house import MASTER, Hand, House


async def test_a_trouble_is_one_message_over_its_life_also_for_a_bot_that_starts_anew(house: House) -> None:
    backup = await house.backed_up()
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


@pytest.mark.parametrize(("hour", "silent"), [(3, True), (8, False)])
async def test_in_quiet_hours_a_trouble_makes_no_sound(house: House, hour: int, silent: bool) -> None:
    backup = await house.backed_up()
    store, at = house.store, datetime(2026, 11, 29, hour, tzinfo=UTC)
    home = Home(store.chats, MASTER)
    subjects = Subjects(store, house.project.id, home, lambda: at, Freeze("off"), Quiet("22:00-07:00"))
    await store.copies.trouble(backup, of_file=True, problem="It is gone.", advice="Make another.")
    assert (await subjects.look(Face("copies", 1))).silent is silent


async def test_a_backup_that_is_damaged_on_the_server_is_told_apart(house: House) -> None:
    backup = await house.backed_up()
    await house.store.copies.trouble(backup, of_file=True, problem="It is gone.", advice="Make another.")
    await house.read(f"Backup {backup.id} is damaged", "It is gone.")
    await house.store.copies.trouble(backup, of_file=False, problem="No route.", advice="Look.")
    await house.read("Backups are not copied off site", "No route.")

    async def all_told() -> bool:
        card = await house.store.cards.get("copies", 1, house.settings.master_chat_id)
        return card is not None and card.final

    await house.until(all_told, "the damaged one has its last word")


async def _encrypted(house: House, folder: Path, name: str = "agent-run1.dump.zst.age") -> tuple[Hand, Path]:
    """A run that has made a backup and goes on."""
    hand = await house.requested("/backup")
    path = folder / name
    path.write_bytes(os.urandom(300_000))
    run = hand.run
    backup = await house.store.releases.add_backup(
        house.project.id,
        (run.id, run.epoch),
        database="server_agent",
        path=str(path),
        size=path.stat().st_size,
        sha256="0" * 64,
    )
    await hand.begin(StageName.BACKUP)
    made = BackedUp(backup_id=backup.id, path=str(path), bytes=path.stat().st_size, sha256="0" * 64)
    await house.store.runs.end(run.id, run.epoch, StageName.BACKUP, StageState.SUCCEEDED, made)
    await keep_for_chat(house.store, run)
    return hand, path


async def _documents(house: House) -> list[ChatMessage]:
    return [message for message in await house.bot_messages() if message.document]


async def _none_waits(house: House) -> bool:
    return await house.store.pool.fetchval("SELECT count(*) FROM chat_files") == 0


async def test_an_encrypted_backup_comes_as_a_file_once_the_run_has_ended(
    house: House, tmp_path: Path
) -> None:
    hand, path = await _encrypted(house, tmp_path)
    await house.read("▶️ Running · Backup")
    assert await house.store.copies.waiting_for_chat(house.project.id) is None
    await hand.finish(RunState.SUCCEEDED)
    sent = await house.read("Backup 1 of server_agent", "293 kB · encrypted")
    assert (sent.document, sent.silent) == (path.name, True)
    assert await house.master.download(sent) == path.read_bytes()
    await house.until(lambda: _none_waits(house), "the journal lets go of it")
    await house.stop()
    house.start()
    await house.master.say("/help")
    await house.all_handled()
    assert len(await _documents(house)) == 1


async def test_one_that_is_not_encrypted_stays(house: House, tmp_path: Path) -> None:
    await _encrypted(house, tmp_path, "agent-run1.dump.zst")
    assert await _none_waits(house)


@pytest.mark.parametrize(("status", "times"), [(413, 1), (500, 0)])
async def test_one_that_telegram_refuses_is_told_and_one_that_is_delayed_comes(
    house: House, tmp_path: Path, status: int, times: int
) -> None:
    house.telegram.faults.add("error", "sendDocument", status=status)
    hand, path = await _encrypted(house, tmp_path)
    await hand.finish(RunState.SUCCEEDED)
    if times:
        await house.read(f"{path.name} could not be sent: Telegram refused it", "whole on the server")
    else:
        await house.read("Backup 1 of server_agent")
    await house.until(lambda: _none_waits(house), "the journal lets go of it")
    assert len(await _documents(house)) == 1 - times
