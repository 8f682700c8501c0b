"""The scene of two pushes before an answer: one prompt, which moves on to the newer commit."""

from __future__ import annotations

from demo.tour.act import APPROVE, RUN_SECONDS, Act, expect


async def push_superseded(act: Act) -> None:
    act.repository.add("NOTES.md", "Written before anybody has answered.\n")
    first = act.repository.push("Write a first note")
    prompt = await act.master.wait_for(lambda m: first[:7] in m.text and "Deploy" in m.labels, RUN_SECONDS)
    act.repository.add("NOTES.md", "Written a second time before anybody has answered.\n")
    newer = act.repository.push("And a better one")
    moved = await act.master.wait_for(lambda m: newer[:7] in m.text and "gathers" in m.text, RUN_SECONDS)
    expect(moved.id == prompt.id, "the same message shows the newer commit", moved.text)
    stale = await act.master.tap_data(moved, prompt.buttons[0][0].data)
    expect(stale is not None and "newer push" in stale.text, "the older one can't be deployed", stale)
    last = await act.newest()
    await act.master.tap(moved, "Deploy")
    plan = await act.plan(last)
    expect(newer[:7] in plan.text, "the plan is of the newer commit", plan.text)
    await act.master.tap(plan, APPROVE)
    await act.result(plan, newer[:7], "exit code 0")
    expect(act.running()["sha"] == newer, "the newer commit runs", act.running())
