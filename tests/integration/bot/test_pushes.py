"""A push on the watched branch brings one prompt, also across restarts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import reach
from pipeline.model.inquiry import PlanFound, PlanWanted
from pipeline.model.plan import Side
from pipeline.model.push import PushMode
from pipeline.model.states import ApprovalState, PushState, RunKind, RunState, Source
from pipeline.source.errors import RemoteUnreachable
from pipeline.store.listen import INQUIRIES
from pipeline.store.remote_moved import tell_remote_moved
from tests.integration.bot.house import PATIENCE, Hand, House, furnished, make_plan

COMPOSE = """
services:
  app:
    image: ${IMAGE:?is not set here}
x-pipeline:
  migrate:
    command: [migrate]
    paths: ["db/steps/**"]
"""


async def test_the_first_look_is_quiet_and_a_push_brings_one_prompt(house: House) -> None:
    await house.first_look()
    sha = house.remote.push("Answer <faster> & better")
    prompt = await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
    assert "Answer <faster> & better – Dev" in prompt.text
    assert prompt.labels[:4] == ["Deploy", "Skip", "Plan", "Mute"]
    assert "1 file" not in prompt.text  # an empty commit
    await house.stop()
    house.start()
    other = house.remote.push("And once more")
    newer = await house.read(f"main {other[:7]}", "gathers 2 pushes")
    assert newer.id == prompt.id  # the same message moves on
    assert [m.id for m in await house.bot_messages() if "Push" in m.text] == [prompt.id]
    stale = await house.master.tap_data(prompt, prompt.buttons[0][0].data)
    assert stale is not None
    said = f"Nothing done: that was {sha[:7]}, and a newer push took its place."
    assert stale.text == f"{said} The branch is at {other[:7]} now."
    assert await house.runs() == []
    await house.master.tap(newer, "Deploy")
    assert await house.runs() == [(RunKind.DEPLOY, other)]


async def test_what_a_push_touches_and_what_a_rewrite_lost(house: House) -> None:
    await house.first_look()
    await house.make_live(house.remote.git("rev-parse", "HEAD"))
    house.remote.write("db/steps/1.sql", "SELECT 1;")
    house.remote.write("Dockerfile", "FROM scratch")
    house.remote.write("docker-compose-vnext.yml", COMPOSE)
    house.remote.push("Bring a step")
    prompt = await house.read("1 commit · 3 files", "Touches")
    assert "Touches: 1 migration (1.sql), Dockerfile, compose file" in prompt.text
    house.remote.git("checkout", "-q", "--orphan", "anew")
    sha = house.remote.push("Begin anew")
    rewritten = await house.read(f"main {sha[:7]}", "The branch was rewritten")
    assert (rewritten.id, "among them the live one" in rewritten.text) == (prompt.id, True)


async def test_a_commit_that_was_skipped_is_not_asked_about_when_the_branch_comes_back(house: House) -> None:
    await house.first_look()
    skipped = house.remote.push("Answer faster")
    await house.master.tap(await house.read("🔔 Push · sample"), "Skip")
    await house.read("➖ Push · sample")
    other = house.remote.push("And once more")
    prompt = await house.read("🔔 Push · sample", other[:7])
    house.remote.git("push", "-q", "--force", "origin", f"{skipped}:main")
    closed = await house.read("⚪ Push · sample", "A newer push took its place")
    assert (closed.id, closed.labels) == (prompt.id, [])
    await house.stop()
    house.start()
    third = house.remote.push("A third one")
    await house.read("🔔 Push · sample", third[:7])
    asked = [m for m in await house.bot_messages() if skipped[:7] in m.text.split("\n")[1:2]]
    assert asked == []


async def test_muted_prompts_come_once_when_the_mute_is_over(house: House) -> None:
    await house.first_look()
    house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    await house.master.tap(prompt, "Mute")
    choosing = await house.master.wait_for(lambda m: m.id == prompt.id and "8 h" in m.labels, PATIENCE)
    told = await house.master.tap(choosing, "No end")
    assert told is not None
    assert "Muted until you end it" in told.text
    muted = await house.read("🔕 No new prompts until somebody ends it")
    assert muted.id == prompt.id
    newer = house.remote.push("Nobody is asked about this")
    await house.until(_waits(house, newer), "the newer push is recorded")
    await house.read("⚪ Push · sample")
    await house.master.say("/settings")
    settings = await house.read("Settings", "🔕 No new prompts")
    assert [m.id for m in await house.bot_messages() if "Push ·" in m.text] == [prompt.id]
    await house.master.tap(settings, "Unmute")
    asked = await house.read("🔔 Push · sample", newer[:7])
    assert asked.id > settings.id


async def test_the_plan_of_a_push_comes_without_a_run(house: House) -> None:
    await house.first_look()
    sha = house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    await house.master.tap(prompt, "Plan")
    async with house.store.news.subscribe(INQUIRIES) as news:
        while (inquiry := await house.store.inquiries.take(house.project.id, ["plan"])) is None:
            await news.wait(1)
    assert inquiry.wanted == PlanWanted(target=sha)
    run = await house.store.runs.request(house.project.id, RunKind.TEST, source=Source.CLI, by="tester")
    plan = make_plan(replace(run, kind=RunKind.DEPLOY))
    await house.store.inquiries.answer(inquiry.id, PlanFound(plan=plan, compose_changes=[], tests=True))
    told = await house.read("Plan only · sample", "Nothing was done.", "Compose file: no change")
    assert told.id > prompt.id
    newest = await house.store.pushes.newest(house.project.id, "main")
    assert newest is not None
    assert newest.state is PushState.SEEN


async def test_a_remote_that_stays_away_is_one_alert(house: House, monkeypatch) -> None:
    monkeypatch.setattr(reach, "LASTS", timedelta(0))
    monkeypatch.setattr(reach, "FAILURES", 1)
    await house.first_look()
    away = house.remote.bare.rename(house.remote.bare.with_name("away.git"))

    async def alerts() -> list[str]:
        return [each.problem.fingerprint for each in await house.store.alerts.open(house.project.id)]

    async def told() -> bool:
        return await alerts() == ["remote/unreachable"]

    async def over() -> bool:
        return await alerts() == []

    await house.until(told, "an alert is open")
    away.rename(house.remote.bare)
    await house.until(over, "it is over")


async def test_deploy_tapped_starts_one_run_of_that_commit(house: House) -> None:
    await house.first_look()
    sha = house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    data = prompt.buttons[0][0].data
    await house.master.tap_data(prompt, data)
    hand = await Hand.claim(house.store, house.project)
    assert (hand.run.target, hand.run.source) == (sha, Source.PUSH)
    answered = await house.read("✅ Push · sample", f"run {hand.run.id}.")
    assert (answered.id, answered.labels) == (prompt.id, [])
    again = await house.master.tap_data(prompt, data)
    assert again is not None
    assert again.text == f"Deployed already: run {hand.run.id}."
    assert len(await house.runs()) == 1


async def test_skip_tapped_starts_nothing(house: House) -> None:
    await house.first_look()
    house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    await house.master.tap(prompt, "Skip")
    assert (await house.read("➖ Push · sample", "Skipped at")).id == prompt.id
    stale = await house.master.tap_data(prompt, prompt.buttons[0][0].data)
    assert stale is not None
    assert stale.text == "Skipped already. /deploy deploys it all the same."
    unknown = await house.master.tap_data(prompt, "push:deploy:999")
    assert unknown is not None
    assert unknown.text == "This push is not known."
    assert await house.runs() == []


async def test_while_a_run_is_active_the_prompt_stays_open(house: House) -> None:
    await house.first_look()
    await house.master.say("/backup")
    hand = await Hand.claim(house.store, house.project)
    house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    refused = await house.master.tap(prompt, "Deploy")
    assert refused is not None
    assert refused.text.startswith(f"Not started: run {hand.run.id} (backup)")
    await hand.finish(RunState.SUCCEEDED)
    await house.master.tap(prompt, "Deploy")
    await Hand.claim(house.store, house.project)


async def test_a_commit_that_master_deployed_by_command_is_not_asked_about(house: House) -> None:
    await house.first_look()
    sha = house.remote.push("Answer faster")
    prompt = await house.read("🔔 Push · sample")
    hand = await house.requested()
    await house.store.runs.note(hand.run.id, hand.run.epoch, sha=sha, branch="main")
    settled = await house.read("✅ Push · sample", f"run {hand.run.id}.")
    assert settled.id == prompt.id


async def test_what_is_live_already_is_recorded_quietly(empty_house: House) -> None:
    house = empty_house
    await house.store.pushes.quiet(house.project.id, "main", "3" * 40, datetime.now(UTC))
    sha = house.remote.push("Live already")
    await house.make_live(sha)
    house.start()

    async def recorded() -> bool:
        newest = await house.store.pushes.newest(house.project.id, "main")
        return newest is not None and newest.sha == sha and newest.state is PushState.SKIPPED

    await house.until(recorded, "the tip is recorded quietly")


async def test_an_unreachable_remote_is_told_on_health_and_comes_back(house: House) -> None:
    await house.first_look()
    away = house.remote.bare.rename(house.remote.bare.with_name("away.git"))

    await house.check("scheduler", lambda check: "could not be reached" in check.get("detail", ""))
    away.rename(house.remote.bare)
    await house.check("scheduler", lambda check: check["status"] == "ok")


async def test_auto_asks_for_the_newest_once_and_waives_what_a_setting_allows(tmp_path, postgres) -> None:
    changes = {"push_mode": PushMode.AUTO, "auto_approve_paths": "docs/**"}
    async with furnished(tmp_path, postgres, **changes) as house:
        live = house.remote.git("rev-parse", "HEAD")
        await house.make_live(live)
        house.start()
        await house.first_look()
        house.remote.write("docs/guide.txt", "Read me.")
        sha = house.remote.push("Write a guide")
        hand = await Hand.claim(house.store, house.project)
        assert (hand.run.target, hand.run.source, hand.run.requested_by) == (sha, Source.PUSH, "the watch")
        await house.store.runs.note(hand.run.id, hand.run.epoch, sha=sha, branch="main")
        one = house.remote.push("While it runs")
        await house.until(_waits(house, one), "a push waits for the run")
        two = house.remote.push("And another one")
        await house.until(_waits(house, two), "a newer one takes its place")
        plan = await hand.ask(**_sides(live, sha))

        async def waived() -> bool:
            found = await house.store.approvals.of_run(plan.run_id)
            return found is not None and found.state is ApprovalState.APPROVED

        await house.until(waived, "the plan is approved")
        found = await house.store.approvals.of_run(plan.run_id)
        assert found is not None
        assert (found.answered_by, found.reason) == ("AUTO_APPROVE_PATHS", "all that differs fits docs/**")
        trail = await house.store.audit.of_run(hand.run.id, 5)
        assert ("AUTO_APPROVE_PATHS", "approval waived") in [(each.actor, each.action) for each in trail]
        await hand.finish(RunState.FAILED)
        later = await Hand.claim(house.store, house.project)
        assert later.run.target == two
        await later.finish(RunState.FAILED)
        await house.stop()
        house.start()
        third = house.remote.push("After a restart")
        last = await Hand.claim(house.store, house.project)
        assert last.run.target == third
        assert [target for _, target in await house.runs()] == [third, two, sha]
        assert not any("Deploy it?" in m.text for m in await house.bot_messages())


async def test_off_looks_at_nothing(tmp_path, postgres) -> None:
    async with furnished(tmp_path, postgres, push_mode=PushMode.OFF) as house:
        away, alerts, since = reach.Reach(), house.store.alerts, datetime.now(UTC)
        error = RemoteUnreachable(house.settings.git_url, "ls-remote", "refused")
        problems = [away.failed(error, since + number * reach.LASTS) for number in range(reach.FAILURES)][-1]
        assert problems
        await alerts.settle(house.project.id, reach.WATCHER, problems, since)
        house.start()

        async def over() -> bool:
            return await alerts.open(house.project.id) == []

        await house.until(over, "nothing is told of a remote that nobody looks at")
        await house.check("scheduler", lambda check: check["status"] == "ok")
        house.remote.push("Nobody looks")
        await tell_remote_moved(house.settings.journal)
        await house.master.say("/status")
        await house.read("sample")
        assert await house.store.pushes.newest(house.project.id, "main") is None


def _sides(live: str, goal: str) -> dict[str, Any]:
    def side(sha: str) -> Side:
        return Side(sha=sha, branch="main", images={}, compose_hash=None)

    return {"live": side(live), "goal": side(goal), "compose_changes": []}


def _waits(house: House, sha: str) -> Callable[[], Awaitable[bool]]:
    async def waits() -> bool:
        found = await house.store.pushes.newest(house.project.id, "main")
        return found is not None and (found.sha, found.state) == (sha, PushState.SEEN)

    return waits
