"""A push on the watched branch brings one prompt, also across restarts."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.model.states import PushState, RunState, Source
from tests.integration.bot.house import Hand, House


async def _first_look(house: House) -> None:
    async def looked() -> bool:
        return await house.store.pushes.newest(house.project.id, "main") is not None

    await house.until(looked, "the bot looked at the remote")


async def test_the_first_look_is_quiet_and_a_push_brings_one_prompt(house: House) -> None:
    await _first_look(house)
    sha = house.remote.push("Answer <faster> & better")
    prompt = await house.read("🔔 Push · sample", f"main {sha[:7]} · 1 commit")
    assert "Answer <faster> & better – Dev" in prompt.text
    assert prompt.labels[:2] == ["Deploy", "Skip"]
    await house.stop()
    house.start()
    other = house.remote.push("And once more")
    newer = await house.read(f"main {other[:7]} · 1 commit")
    assert newer.id > prompt.id
    superseded = await house.read("⚪ Push · sample", "A newer push took its place")
    assert (superseded.id, superseded.labels) == (prompt.id, [])
    assert [m.id for m in await house.bot_messages() if "Push" in m.text] == [prompt.id, newer.id]


async def test_deploy_tapped_starts_one_run_of_that_commit(house: House) -> None:
    await _first_look(house)
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
    await _first_look(house)
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
    await _first_look(house)
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
    await _first_look(house)
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
    await _first_look(house)
    away = house.remote.bare.rename(house.remote.bare.with_name("away.git"))

    await house.check("scheduler", lambda check: "could not be reached" in check.get("detail", ""))
    away.rename(house.remote.bare)
    await house.check("scheduler", lambda check: check["status"] == "ok")
