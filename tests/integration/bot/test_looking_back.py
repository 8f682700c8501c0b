"""/history, /releases and /settings in the chat; pages are turned over in the same message."""

from __future__ import annotations

import pytest

from demo.botapi import ChatMessage
from pipeline.model.errors import NOTHING_CHANGED
from pipeline.model.run import Failure
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, Source, StageName
from pipeline.settings import WorkerSettings
from pipeline.told import told
from tests.integration.bot.house import GOAL_SHA, LIVE_SHA, MASTER, Hand, House

ME = f"Ada ({MASTER})"


async def _ended(house: House, number: int) -> None:
    """So many backups that went well."""
    for _ in range(number):
        asked = await house.store.runs.request(
            house.project.id, RunKind.BACKUP, source=Source.CLI, by="tester"
        )
        run = await house.store.runs.claim(asked.id)
        assert run is not None
        await Hand(house.store, run).finish(RunState.SUCCEEDED)


async def _turned(house: House, message: ChatMessage, label: str, *words: str) -> ChatMessage:
    """The same message, once it shows the page behind a button."""
    await house.master.tap(message, label)
    shown = await house.read(*words)
    assert shown.id == message.id
    return shown


async def test_runs_are_turned_over_in_one_message(empty_house: House) -> None:
    house = empty_house
    await _ended(house, 5)
    house.start()  # what ended before the chat was known is not told, so the chat holds the list alone
    await house.master.say("/history last 2")
    newest = await house.read("Runs · sample")
    assert [label for label in newest.labels if label.isdecimal()] == ["5", "4"]
    assert newest.labels[-1] == "Older »"
    middle = await _turned(house, newest, "Older »", "Runs · sample", " 3 backup")
    assert middle.labels == ["3", "2", "« Newer", "Older »"]
    oldest = await _turned(house, middle, "Older »", "Runs · sample", " 1 backup")
    assert oldest.labels == ["1", "« Newer"]
    again = await _turned(house, oldest, "« Newer", "Runs · sample", " 3 backup")
    one = await _turned(house, again, "3", "✅ Done · Backup", "run 3", "on the command line by tester")
    assert one.labels == ["« Runs"]
    back = await _turned(house, one, "« Runs", "Runs · sample", " 5 backup")
    assert back.labels == ["5", "4", "3", "2", "1"]
    assert len(await house.bot_messages()) == 1


@pytest.mark.parametrize("refusal", ["message to edit not found", "MESSAGE_ID_INVALID"])
async def test_a_page_whose_message_is_gone_comes_as_a_new_one(empty_house: House, refusal: str) -> None:
    house = empty_house
    await _ended(house, 3)
    house.start()
    await house.master.say("/history last 2")
    newest = await house.read("Runs · sample")
    older = next(button.data for row in newest.buttons for button in row if button.text == "Older »")
    await house.all_handled()
    house.telegram.faults.add("error", "editMessageText", status=400, description=f"Bad Request: {refusal}")
    await house.master.tap_data(newest, older)
    anew = await house.read("Runs · sample", " 1 backup")
    assert anew.id > newest.id


async def test_all_of_a_run_is_told_with_who_and_from_where(house: House) -> None:
    hand = await house.requested()
    number = hand.run.id
    await house.all_handled()
    await house.master.say("/backup")
    await house.read("Not started.")
    await hand.ask()
    plan = await house.read("Approve?")
    yes = plan.buttons[0][0].data
    await house.master.tap_data(plan, yes)
    late = await house.master.tap_data(plan, yes)
    assert late is not None
    assert late.text.startswith("Approved already")
    failure = Failure(
        stage=StageName.MIGRATE, what="It broke.", production=NOTHING_CHANGED, advice="Mend it."
    )
    await hand.finish(RunState.FAILED, ExitCode.DEPLOY_FAILED, failure)
    await house.read("What happened at migrate: It broke.", "exit code 3")
    await house.all_handled()
    await house.master.say(f"/history {number}")
    told = await house.read("❌ Failed · Deploy · sample", "Audit log · 6 lines about this run")
    assert f"Asked {hand.run.requested_at:%Y-%m-%d %H:%M} UTC in the chat by {ME}, from chat {MASTER}" in (
        told.text
    )
    assert f"✅ Plan approved by {ME}" in told.text
    assert "What happened at migrate: It broke." in told.text
    trail = [line.split(" ", 1)[1] for line in told.text.splitlines()[-6:]]
    assert trail[0] == f"{ME} asked for a deploy"
    assert trail[1] == f"{ME} wrote /\u2060deploy: taken up · chat {MASTER}"
    assert trail[2].startswith(f"{ME} wrote /\u2060backup: ⚠️ Not started. Run {number} (deploy")
    assert trail[3] == f"{ME} plan approved"
    assert trail[4] == f"{ME} tapped plan yes: Approved. · chat {MASTER}"
    assert trail[5].startswith(f"{ME} tapped plan yes: Approved already by {ME}")
    found = await house.store.approvals.all_of_run(hand.run.id)
    assert [each.state for each in found] == [ApprovalState.APPROVED]


async def test_what_history_cannot_read_is_refused(house: House) -> None:
    for word, answer in (
        ("4711", "There is no run 4711. There is none yet."),
        ("last 99", "/history [run | last N | audit]"),
        ("yesterday", "/history [run | last N | audit]"),
    ):
        await house.master.say(f"/history {word}")
        await house.read(answer)


async def test_the_audit_log_is_read_in_the_chat(house: House) -> None:
    for number in range(20):
        await house.store.audit.write("tester", f"deed {number}")
    await house.master.say("/history audit")
    newest = await house.read("Audit log, times in UTC", "tester deed 19")
    assert newest.labels == ["Older »"]
    older = await _turned(house, newest, "Older »", "Audit log", f"{ME} wrote /\u2060start")
    assert older.labels == ["« Newer"]


async def test_a_kept_release_comes_back_by_its_button(house: House) -> None:
    first, second = await house.make_live(LIVE_SHA), await house.make_live(GOAL_SHA)
    await house.master.say("/releases")
    listed = await house.read("Kept releases · sample", f"{second.id} {GOAL_SHA[:7]} · main · live")
    assert listed.labels == [f"Roll back to {first.id} ({LIVE_SHA[:7]})"]
    answer = await house.master.tap(listed, listed.labels[0])
    assert answer is not None
    hand = await Hand.claim(house.store, house.project)
    assert answer.text == f"Rollback asked for: run {hand.run.id}."
    assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(first.id))
    again = await house.master.say("/releases")
    listed = await house.read("Kept releases · sample", after=again)
    held = await house.master.tap(listed, listed.labels[0])
    assert held is not None
    assert held.text.startswith(f"Not started: run {hand.run.id} (rollback) is under way")


async def test_settings_show_no_secret_and_what_the_worker_told(house: House) -> None:
    await house.master.say("/settings")
    await house.read("Settings · sample", "The worker has not told its settings yet.")
    worker = WorkerSettings(
        db_password="a-password", git_url="https://ada:gh-token@example.org/a.git", git_branch="develop"
    )
    await house.store.settings.tell(house.project.id, "worker", told(worker))
    await house.master.say("/settings")
    card = await house.read("Settings · sample", "Bot and worker run with different values of")
    assert "TELEGRAM_API_TOKEN set" in card.text
    assert "DB_PASSWORD set" in card.text
    more = await _turned(house, card, "More »", "BACKUP_COUNT 0 (default)")
    last = await _turned(house, more, "More »", "KEEP_RELEASES 5 (default)")
    for secret in (house.settings.telegram_api_token.get_secret_value(), "a-password", "gh-token"):
        assert secret not in card.text + more.text + last.text
