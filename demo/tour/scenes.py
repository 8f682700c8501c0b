"""The scenes of the tour, each as a person lives it. A scene fails by raising TourError or TimeoutError."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from demo.tour.act import APPROVE, RUN_SECONDS, Act, expect
from demo.tour.data import backup, restore, undo_restore
from demo.tour.team import two_person

Scene = Callable[[Act], Awaitable[None]]

REPLIES = "server_agent/replies.py"
GREETING = 'GREETING = "Hello from Server Agent."'


@dataclass(frozen=True)
class Part:
    """`needs` names scenes that must have been played before; they are played quietly if not asked for."""

    title: str
    play: Scene
    needs: tuple[str, ...] = ()


async def status(act: Act) -> None:
    _, answer = await act.ask("/status")
    expect("app" in answer.text, "/status names the service app", answer.text)


async def deploy(act: Act) -> None:
    act.repository.edit(REPLIES, GREETING, GREETING.replace("Hello", "Good evening"))
    sha = act.repository.push("Greet people by the time of day")
    said, plan = await act.approve("/deploy")
    expect(sha[:7] in plan.text, "the plan shows the pushed commit", plan.text)
    await act.result(said, sha[:7], "exit code 0")
    running = act.running()
    expect(sha[:12] in running["image"], "Docker runs the image of the approved commit", running)
    expect(running["sha"] == sha, "its label names that commit", running)
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())


async def tests_fail(act: Act) -> None:
    before = act.running()
    act.repository.edit(REPLIES, 'answer = "pong"', 'answer = "ping"')
    act.repository.push("Answer /ping with ping")
    said = await act.master.say("/deploy")
    await act.result(said, "exit code 1", "not touched")
    expect(act.running() == before, "production is as it was", act.running())
    act.repository.undo()


async def smoke_fail(act: Act) -> None:
    before = act.running()
    act.repository.edit("server_agent/queries.sql", "(SELECT count(*) FROM cycles) AS cycles", _MISSPELT)
    act.repository.push("Count the cycles in a table that is not there")
    said, _ = await act.approve("/deploy")
    await act.result(said, "exit code 4", before["sha"][:7])
    expect(act.running()["sha"] == before["sha"], "the release from before serves again", act.running())
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())
    act.repository.undo()


async def rehearsal_fails(act: Act) -> None:
    before = act.running()
    act.repository.add("server_agent/migrations/0004_slip.sql", "ALTER TABLE mesages ADD COLUMN mood text;\n")
    act.repository.push("A migration with a slip of the pen")
    said = await act.master.say("/deploy")
    await act.result(said, "exit code 3", "mesages", "not touched")
    expect(act.running() == before, "the same container still runs", act.running())
    act.repository.undo()


async def rollback(act: Act) -> None:
    before = act.running()
    said = await act.master.say("/rollback")
    choice = await act.master.wait_for(lambda m: "Code only" in m.labels, RUN_SECONDS, after=said)
    expect("Code + data" in choice.labels, "it asks, for the deploy has moved the schema", choice.text)
    await act.master.tap(choice, "Code only")
    plan = await act.plan(said)
    await act.master.tap(plan, APPROVE)
    await act.result(said)
    expect(act.running()["image"] != before["image"], "another release runs", act.running())
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())


async def push_prompt(act: Act) -> None:
    act.repository.add("NOTES.md", "Greets people in the evening.\n")
    sha = act.repository.push("Write down what the agent does")
    prompt = await act.master.wait_for(
        lambda m: sha[:7] in m.text and "Deploy" in " ".join(m.labels), RUN_SECONDS
    )
    await act.master.tap(prompt, "Deploy")
    plan = await act.plan(prompt)
    expect(sha[:7] in plan.text, "the plan shows the commit that was noticed", plan.text)
    await act.master.tap(plan, APPROVE)
    await act.result(prompt, sha[:7], "exit code 0")
    expect(act.running()["sha"] == sha, "the commit that was noticed runs", act.running())


async def stranger(act: Act) -> None:
    before = act.running()
    await act.stranger.say("/deploy")
    await act.stranger.say("/status")
    await act.ask("/help")  # answered after them, so they have been looked at
    theirs = await act.stranger.messages()
    expect(all(m.outgoing for m in theirs), "the stranger gets no answer", await act.stranger.chat())
    mine = [m.text for m in await act.master.messages() if not m.outgoing]
    expect(not any("Mallory" in text for text in mine), "Master is not troubled", "\n".join(mine))
    _, status = await act.ask("/status")
    expect("No run is under way" in status.text, "no run began", status.text)
    expect(act.running() == before, "production is as it was", act.running())


_MISSPELT = "(SELECT count(*) FROM cicles) AS cycles"

SCENES: Mapping[str, Part] = {
    "status": Part("What is there", status),
    "deploy": Part("A good commit is deployed", deploy),
    "tests-fail": Part("A commit whose tests fail changes nothing", tests_fail, ("deploy",)),
    "smoke-fail": Part("A commit that starts but is not well goes back by itself", smoke_fail, ("deploy",)),
    "rehearsal-fails": Part(
        "A failing migration is found on a copy; nothing is touched", rehearsal_fails, ("deploy",)
    ),
    "rollback": Part("Back to the release before", rollback, ("deploy",)),
    "backup": Part("A backup, read back before it counts", backup),
    "restore": Part("Data that a slip deleted comes back", restore, ("backup",)),
    "undo-restore": Part("The restore is undone", undo_restore, ("restore",)),
    "push-prompt": Part("A push is noticed", push_prompt, ("deploy",)),
    "stranger": Part("A stranger is not answered", stranger),
    "two-person": Part("Who asked does not approve alone", two_person),
}
