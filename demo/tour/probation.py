"""The scene of a release that passes its checks and fails a while later: it goes back by itself."""

from __future__ import annotations

from demo.botapi.picture import ChatMessage
from demo.tour.act import RUN_SECONDS, Act, expect, is_result

_FILE = "server_agent/__main__.py"
_WAITS = "        await stop.wait()\n"
_AFTER_A_WHILE = "asyncio.get_running_loop().call_later(45, lambda: asyncio.ensure_future(runner.cleanup()))"


async def probation_reverts(act: Act) -> None:
    act.installation.restart("worker", TOUR_PROBATION_MINUTES="3")
    try:
        back = await _fails_after_a_while(act)
    finally:
        act.installation.restart("worker")
    await act.master.wait_for(lambda m: m.id == back.id and "probation ended early" in m.text, RUN_SECONDS)


async def _fails_after_a_while(act: Act) -> ChatMessage:
    """The result of the way back."""
    before = act.running()
    act.repository.edit(_FILE, _WAITS, f"        {_AFTER_A_WHILE}\n{_WAITS}")
    sha = act.repository.push("Clean up after a while, too eagerly")
    said, _ = await act.approve("/deploy")
    result = await act.result(said, sha[:7], "exit code 0")
    await act.master.wait_for(lambda m: m.id == result.id and "On probation until" in m.text, RUN_SECONDS)
    failed = await act.master.wait_for(
        lambda m: m.id == result.id and "failed its probation" in m.text, RUN_SECONDS
    )
    expect("looks in a row" in failed.text, "the same message tells what was seen", failed.text)
    back = await act.master.wait_for(is_result, RUN_SECONDS, after=result)
    for words in ("Rolled back", "asked by the probation", "taken back by itself", "exit code 0"):
        expect(words in back.text, f"the result of the way back says {words!r}", back.text)
    expect(act.running()["sha"] == before["sha"], "the release from before serves again", act.running())
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())
    act.repository.undo()
    return back
