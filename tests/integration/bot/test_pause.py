"""While it is paused nothing is asked and nothing begins by itself; then the newest push is asked about."""

from __future__ import annotations

from pipeline.model.states import PushState, RunState
from tests.integration.bot.house import MASTER, House

ME = f"Ada ({MASTER})"


async def _seen(house: House, sha: str) -> None:
    async def seen() -> bool:
        newest = await house.store.pushes.newest(house.project.id, "main")
        return newest is not None and newest.sha == sha

    await house.until(seen, f"the bot saw {sha}")


async def test_pushes_rest_across_a_restart_and_the_newest_is_asked_about_once(house: House) -> None:
    await house.first_look()
    await house.master.say("/pause moving house")
    await house.read("⏸️ Paused since", f"by {ME}: moving house", "/resume ends it")
    await _seen(house, house.remote.push("The first of the pause"))
    await house.stop()
    house.start()
    newest = house.remote.push("The second of the pause")
    await _seen(house, newest)
    status, body = await house.health()
    assert (status, body["paused"]["reason"]) == (200, "moving house")
    await house.master.say("/status")
    await house.read("⏸️ Paused since", "No run is under way")
    by_hand = await house.requested("/backup")
    await by_hand.finish(RunState.SUCCEEDED)
    await house.read("✅")
    await house.master.say("/pause")
    await house.read("moving house", "Pushes are not asked about")
    await house.all_handled()
    assert not [m for m in await house.bot_messages() if "🔔 Push" in m.text]

    await house.master.say("/resume")
    await house.read("▶️ Resumed after")
    asked = await house.read("🔔 Push · sample", newest[:7])
    assert [m.id for m in await house.bot_messages() if "🔔 Push" in m.text] == [asked.id]
    await house.master.say("/resume")
    await house.read("Nothing is paused")
    told = [(line.actor, line.action) for line in await house.store.audit.before(50)]
    assert (told.count((ME, "paused")), told.count((ME, "resumed"))) == (1, 1)
    assert "paused" not in (await house.health())[1]


async def test_a_push_that_was_deployed_by_hand_meanwhile_is_not_asked_about(house: House) -> None:
    await house.first_look()
    await house.store.pauses.begin(house.project.id, "tester")
    sha = house.remote.push("Deployed by hand")
    await _seen(house, sha)
    hand = await house.requested(f"/deploy {sha}")
    await house.store.runs.note(hand.run.id, hand.run.epoch, sha=sha)
    await hand.finish(RunState.SUCCEEDED)

    async def answered() -> bool:
        newest = await house.store.pushes.newest(house.project.id, "main")
        return newest is not None and newest.state is PushState.DEPLOYED

    await house.until(answered, "the push counts as deployed")
    await house.store.pauses.end(house.project.id, "tester")
    await house.master.say("/help")
    await house.all_handled()
    assert not [m for m in await house.bot_messages() if "Push · " in m.text]
