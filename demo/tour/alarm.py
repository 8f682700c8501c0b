"""The scene of an alert: production goes down by itself, and the way back is one tap away."""

from __future__ import annotations

import subprocess

from demo.tour.act import APPROVE, RUN_SECONDS, Act, expect

_BACK, _CODE = "Roll back", "Code only"
_DOCKER_SECONDS = 30


async def alert_rollback(act: Act) -> None:
    act.repository.add("NIGHT.md", "This one goes down in the night.\n")
    sha = act.repository.push("A commit that does not stay up")
    said, _ = await act.approve("/deploy")
    await act.result(said, sha[:7], "exit code 0")
    _goes_down(act)
    alert = await act.master.wait_for(
        lambda m: _BACK in m.labels and "Critical" in m.text and "· app" in m.text.splitlines()[0],
        RUN_SECONDS,
        after=said,
    )
    expect("Next:" in alert.text, "the alert says what to do", alert.text)
    _, status = await act.ask("/status")
    expect("1 critical: /alerts" in status.text, "/status names it at the top", status.text)
    await act.master.tap(alert, _BACK)
    step = await act.master.wait_for(
        lambda m: bool({_CODE, APPROVE} & set(m.labels)), RUN_SECONDS, after=status
    )
    if _CODE in step.labels:
        await act.master.tap(step, _CODE)
        step = await act.plan(step)
    await act.master.tap(step, APPROVE)
    await act.result(step)
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())
    expect(act.running()["sha"] != sha, "the release from before serves", act.running())
    over = await act.master.wait_for(lambda m: m.id == alert.id and "Over:" in m.text, RUN_SECONDS)
    expect(not over.labels, "the card that is over offers nothing", over.labels)
    _, listed = await act.ask("/alerts")
    expect("over since" in listed.text, "/alerts still knows it", listed.text)
    act.repository.undo()


def _goes_down(act: Act) -> None:
    """And stays down: nobody starts it again."""
    name = act.installation.environment()["APP_CONTAINER_NAME"]
    for words in (("update", "--restart=no", name), ("kill", name)):
        subprocess.run(["docker", *words], check=True, capture_output=True, timeout=_DOCKER_SECONDS)
