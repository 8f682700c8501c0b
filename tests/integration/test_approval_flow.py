"""Approval requests, the answers to them, and Master's commands, through the chat."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.cards.help import COMMANDS
from demo.botapi import Answer, Person
from pipeline.model.run import Failure
from pipeline.model.states import ApprovalState, ExitCode, RunKind, RunState, StageName
from tests.integration.bot.house import (
    GOAL_SHA,
    LIVE_SHA,
    MASTER,
    STRANGER,
    TOKEN,
    Hand,
    House,
    furnished,
)


@pytest.fixture
async def house(tmp_path, postgres) -> AsyncIterator[House]:
    async with furnished(tmp_path, postgres) as house:
        house.start()
        await house.master.say("/start")
        await house.read("What I can do")
        yield house


_STARTING = ("deploy", "rollback", "backup", "restore", "drill")


async def _state(house: House, hand: Hand) -> tuple[ApprovalState, str | None]:
    approval = await house.store.approvals.of_run(hand.run.id)
    assert approval is not None
    return approval.state, approval.answered_by


class TestThePlan:
    async def test_approve(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        assert [button.style for button in plan.buttons[0]] == ["success", ""]
        assert plan.labels[2:3] == ["Details"]
        assert await house.master.tap(plan, "Approve") == Answer("Approved.", False)
        assert await _state(house, hand) == (ApprovalState.APPROVED, f"Ada ({MASTER})")
        assert (await house.read(f"Approved by Ada ({MASTER}) at")).id == plan.id

    async def test_reject(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        assert await house.master.tap(plan, "Reject") == Answer("Rejected. Nothing changed.", False)
        assert await _state(house, hand) == (ApprovalState.REJECTED, f"Ada ({MASTER})")
        rejected = await house.read(f"Rejected by Ada ({MASTER}) at", "Nothing changed.")
        assert (rejected.id, rejected.labels) == (plan.id, [])

    async def test_a_second_tap_changes_nothing(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        yes, no = (button.data for button in plan.buttons[0])
        await house.master.tap_data(plan, yes)
        again = await house.master.tap_data(plan, yes)
        other = await house.master.tap_data(plan, no)
        assert again is not None
        assert other is not None
        assert again.text.startswith(f"Approved already by Ada ({MASTER}) at")
        assert other.text == again.text
        assert (await _state(house, hand))[0] is ApprovalState.APPROVED

    async def test_after_its_time_it_cannot_be_approved(self, house: House) -> None:
        hand = await house.requested()
        approval = await hand.ask(minutes=-1)
        plan = await house.read("Approve?")
        said = await house.master.tap(plan, "Approve")
        assert said is not None
        assert said.text == f"This plan expired at {approval.expires_at:%H:%M} UTC. Ask again with /deploy."
        assert (await _state(house, hand))[0] is ApprovalState.PENDING

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (ApprovalState.EXPIRED, "This plan expired at "),
            (ApprovalState.VOIDED, "This plan is void. It no longer fits what is there."),
            (ApprovalState.SUPERSEDED, "This plan is superseded. A newer commit was pushed."),
        ],
    )
    async def test_a_stale_tap(self, house: House, state: ApprovalState, said: str) -> None:
        hand = await house.requested()
        approval = await hand.ask()
        plan = await house.read("Approve?")
        yes = plan.buttons[0][0].data
        await house.store.approvals.close(approval.id, hand.run.epoch, state)
        await house.read("Nothing changed.")
        answer = await house.master.tap_data(plan, yes)
        assert answer is not None
        assert answer.text.startswith(said)
        assert (await _state(house, hand))[0] is state

    async def test_forged_and_foreign_data(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        forged = await house.master.tap_data(plan, "plan:yes:guessed")
        assert forged == Answer("This plan is not known. Ask again with /deploy.", False)
        nonsense = await house.master.tap_data(plan, "what:is:this")
        assert nonsense is not None
        assert nonsense.text.startswith("This button is no longer in use.")
        assert (await _state(house, hand))[0] is ApprovalState.PENDING

    async def test_a_tap_that_waited_too_long_has_its_effect_all_the_same(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        house.telegram.world.answer_seconds = 0
        assert await house.master.tap(plan, "Approve", timeout=1) is None
        await house.read("Approved by Ada")
        assert (await _state(house, hand))[0] is ApprovalState.APPROVED


class TestStrangers:
    async def test_are_not_heard_and_leave_a_trace(self, house: House) -> None:
        hand = await house.requested()
        await hand.ask()
        plan = await house.read("Approve?")
        yes = plan.buttons[0][0].data
        async with Person(
            house.telegram.url, TOKEN, STRANGER, first_name="Eve\u202e<b>", username="eve"
        ) as eve:
            await eve.say("/deploy")
            await eve.say("hello /approve")
            world = house.telegram.world
            bot = next(iter(world.bots.values()))
            chat = world.chat(STRANGER)
            world.call(TOKEN, "sendMessage", {"chat_id": STRANGER, "text": "planted"})
            planted = next(m for m in chat.messages.values() if m.text == "planted")
            assert await eve.tap_data(planted.message_id, yes, timeout=1) is None
            await house.all_handled()
            assert [m.text for m in await eve.messages() if not m.outgoing] == ["planted"]
        assert (await _state(house, hand))[0] is ApprovalState.PENDING
        assert len(await house.runs()) == 1
        trace = [(row["actor"], row["action"]) for row in await house.audit() if "telegram:" in row["actor"]]
        assert trace == [(f"telegram:{STRANGER}", "ignored")]  # one an hour, however much they write
        kept = await house.store.pool.fetch("SELECT raw FROM inbox WHERE raw::text LIKE $1", f"%{STRANGER}%")
        assert kept == []
        assert bot.id != STRANGER

    async def test_in_a_group_even_master_is_not_heard(self, house: House) -> None:
        group = house.telegram.world.add_group("Team", [MASTER])
        async with Person(house.telegram.url, TOKEN, MASTER, chat=group.id) as master:
            await master.say("/deploy")
            await house.all_handled()
            assert [m for m in await master.messages() if not m.outgoing] == []
        assert await house.runs() == []
        assert [row["action"] for row in await house.audit()] == ["command", "refused"]


class TestCommands:
    async def test_are_registered_for_master_alone(self, house: House) -> None:
        async def registered() -> bool:
            return bool(await house.master.commands())

        await house.until(registered, "commands are registered")
        names = [command["command"] for command in await house.master.commands()]
        assert names == list(COMMANDS)
        async with Person(house.telegram.url, TOKEN, STRANGER) as eve:
            assert await eve.commands() == []

    async def test_deploy_of_the_watched_branch_another_one_and_a_sha(self, house: House) -> None:
        house.remote.push("More", branch="feature/faster")
        for text in ("/deploy", "/deploy feature/faster", f"/Deploy@deploy_bot {GOAL_SHA[:7]}"):
            hand = await house.requested(text)
            await hand.finish(RunState.SUCCEEDED)
        assert [target for _, target in await house.runs()] == [GOAL_SHA[:7], "feature/faster", None]

    async def test_an_unknown_branch_is_refused_and_its_neighbours_are_named(self, house: House) -> None:
        house.remote.push("More", branch="feature/faster")
        await house.master.say("/deploy feature/fastr")
        refused = await house.read("Not started.")
        assert '"feature/fastr" is neither a branch nor a commit' in refused.text
        assert "feature/faster" in refused.text
        await house.master.say("/deploy --upload-pack=x")
        await house.read('"--upload-pack=x" is neither')
        assert await house.runs() == []

    async def test_an_unreachable_remote_is_named(self, house: House) -> None:
        house.remote.bare.rename(house.remote.bare.with_name("away.git"))
        await house.master.say("/deploy feature")
        await house.read("Not started.", "could not be reached")
        assert await house.runs() == []

    async def test_too_many_words_are_refused_with_the_form(self, house: House) -> None:
        await house.master.say("/deploy main now")
        await house.read("I cannot read main now.", "/deploy [branch|sha|?]")
        await house.master.say("/rollback to 12")
        await house.read("I cannot read to 12.", "/rollback [number|sha|?]")
        await house.master.say("/backup it")
        await house.read("I cannot read it.", "/backup")
        assert await house.runs() == []

    async def test_while_a_run_is_active_the_answer_names_it(self, house: House) -> None:
        hand = await house.requested()
        await hand.begin(StageName.PULL)
        await house.master.say("/deploy")
        refused = await house.read("Not started.", "at stage pull")
        assert f"Run {hand.run.id} (deploy, asked by Ada ({MASTER})) is under way" in refused.text
        help_ = await house.read("What I can do")
        said = await house.master.tap(help_, "Back up")
        assert said is not None
        assert said.alert
        assert said.text.startswith(
            f"Not started: run {hand.run.id} (deploy) is under way at stage pull since "
        )
        assert len(await house.runs()) == 1

    async def test_rollback_needs_a_previous_release(self, house: House) -> None:
        await house.master.say("/rollback")
        await house.read("Not started.", "There is no previous release to go back to.")
        await house.make_live(LIVE_SHA)
        await house.make_live(GOAL_SHA)
        hand = await house.requested("/rollback")
        assert hand.run.kind is RunKind.ROLLBACK
        await hand.finish(RunState.SUCCEEDED)

    async def test_rollback_to_a_kept_release_by_number_or_commit(self, house: House) -> None:
        for sha in ("a1" * 20, "b2" * 20, LIVE_SHA, GOAL_SHA):
            await house.make_live(sha)
        kept = await house.store.releases.kept(house.project.id)
        assert kept.live is not None
        oldest = kept.others[-1]
        await house.master.say("/rollback 999999")
        refused = await house.read("Not started.", "No release has the number", "'999999'")
        for release in kept.all:
            assert f"{release.id} {release.short_sha} (" in refused.text
        await house.master.say(f"/rollback {GOAL_SHA[:7]}")
        await house.read(f"Release {kept.live.id} ({GOAL_SHA[:7]}) is live already.")
        assert await house.store.releases.prune(kept.others[0].id)
        await house.master.say("/rollback b2b2b2b")
        await house.read("was pruned: its images are gone.", "/deploy b2b2b2b2b2b2 builds that commit again.")
        assert await house.runs() == []
        hand = await house.requested("/rollback A1A1A1A1")
        assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(oldest.id))
        await hand.finish(RunState.SUCCEEDED)
        hand = await house.requested(f"/rollback {oldest.id}")
        assert (hand.run.kind, hand.run.target) == (RunKind.ROLLBACK, str(oldest.id))
        await hand.finish(RunState.SUCCEEDED)

    async def test_status(self, house: House) -> None:
        await house.master.say("/status")
        first = await house.read("Live: nothing yet")
        assert "The worker has not told anything yet." in first.text
        await house.make_live(LIVE_SHA)
        await house.make_live(GOAL_SHA)
        await house.observe()
        hand = await house.requested()
        await hand.begin(StageName.PULL)
        answer = await house.master.tap(first, "Status")
        assert answer is not None
        card = await house.read(f"Live: {GOAL_SHA[:7]}", f"Previous: {LIVE_SHA[:7]}", "✅ app: healthy")
        assert f"▶️ Run {hand.run.id}, deploy at pull: running since" in card.text
        assert "Disk 50 % free · memory 25 % available" in card.text

    async def test_the_menu_starts_what_it_says(self, house: House) -> None:
        await house.make_live(LIVE_SHA)
        await house.make_live(GOAL_SHA)
        help_ = await house.read("What I can do")
        for button, kind in (("Deploy", "deploy"), ("Roll back", "rollback"), ("Back up", "backup")):
            said = await house.master.tap(help_, button)
            hand = await Hand.claim(house.store, house.project)
            assert hand.run.kind == kind
            assert said is not None
            assert said.text.endswith(f" asked for: run {hand.run.id}.")
            twice = await house.master.tap(help_, button)
            assert twice is not None
            assert twice.text.startswith(f"Not started: run {hand.run.id} ({kind}) is under way")
            await hand.finish(RunState.SUCCEEDED)

    async def test_what_is_no_command_gets_a_hint(self, house: House) -> None:
        await house.master.say("/destroy <everything>")
        await house.read("I do not know /destroy <everything>. /help lists what I can do.")


class TestBelowAResult:
    async def test_deploy_again_asks_for_the_same(self, house: House) -> None:
        hand = await house.requested(f"/deploy {GOAL_SHA}")
        await hand.finish(RunState.FAILED, ExitCode.TEST_FAILED, _failure())
        result = await house.read("Deploy failed, nothing changed", "2 tests failed.")
        await house.master.tap(result, "Deploy again")
        again = await Hand.claim(house.store, house.project)
        assert (again.run.kind, again.run.target) == (RunKind.DEPLOY, GOAL_SHA)
        twice = await house.master.tap(result, "Deploy again")
        assert twice == Answer(f"Deploy asked for: run {again.run.id}.", False)
        await again.finish(RunState.SUCCEEDED)
        stale = await house.master.tap(result, "Deploy again")
        used = f"Asked for already: run {again.run.id}, which has ended. /deploy asks anew."
        assert stale == Answer(used, True)
        assert len(await house.runs()) == 2
        unknown = await house.master.tap_data(result, "again:999")
        assert unknown == Answer("This run is not known.", False)

    async def test_roll_back_only_from_the_release_that_the_button_was_about(self, house: House) -> None:
        before = await house.make_live(LIVE_SHA)
        hand = await house.requested()
        after = await house.make_live(GOAL_SHA)
        await house.store.runs.note(
            hand.run.id, hand.run.epoch, sha=GOAL_SHA, branch="main", live=before.id, release=after.id
        )
        await hand.finish(RunState.SUCCEEDED)
        result = await house.read("✅ Deployed", f"Before it was {LIVE_SHA[:7]}")
        assert result.labels == ["Roll back", f"Copy {GOAL_SHA[:7]}"]
        await house.master.tap(result, "Roll back")
        rollback = await Hand.claim(house.store, house.project)
        assert rollback.run.kind is RunKind.ROLLBACK
        twice = await house.master.tap(result, "Roll back")
        assert twice is not None
        assert twice.text.startswith(f"Not started: run {rollback.run.id} (rollback) is under way")
        await rollback.finish(RunState.SUCCEEDED)
        await house.make_live(LIVE_SHA)
        stale = await house.master.tap(result, "Roll back")
        assert stale == Answer("Another release is live now. /rollback goes back from that one.", True)


def _failure() -> Failure:
    return Failure(
        stage=StageName.TEST,
        what="2 tests failed.",
        production="Production was not touched: the live release keeps serving.",
        advice="Mend them, push, and deploy again.",
        log="FAILED tests/test_it.py::test_one",
    )
