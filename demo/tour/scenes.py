"""The scenes of the tour, each as a person lives it. A scene fails by raising TourError or TimeoutError."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from demo.tour.act import ANSWER_SECONDS, APPROVE, RUN_SECONDS, Act, expect
from demo.tour.alarm import alert_rollback
from demo.tour.data import backup, restore, undo_restore
from demo.tour.itself import self_update, self_update_fails
from demo.tour.probation import probation_reverts
from demo.tour.pushes import push_superseded
from demo.tour.routines import drill
from demo.tour.team import two_person
from demo.tour.webhook import webhook

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


async def logs(act: Act) -> None:
    _, chooser = await act.ask("/logs")
    await act.master.tap(chooser, "app")
    shown = await act.master.wait_for(
        lambda m: m.id == chooser.id and "Server Agent" in m.text, ANSWER_SECONDS
    )
    expect("newest" in shown.text, "its lines take the place of the list", shown.text)
    await act.master.tap(shown, "Refresh")
    _, refused = await act.ask("/logs nobody 5")
    expect("app" in refused.text, "another name is refused with those there are", refused.text)


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


async def history(act: Act) -> None:
    _, runs = await act.ask("/history")
    number = runs.labels[0]
    expect("deploy" in runs.text and number.isdecimal(), "/history lists the deploy", runs.text)
    await act.master.tap(runs, number)
    told = await act.master.wait_for(lambda m: "Audit log" in m.text, ANSWER_SECONDS)
    expect(told.id == runs.id, "all of the run is shown in the same message", told.text)
    approver = f"({act.master.user_id})"
    said = next((line for line in told.text.splitlines() if "Plan approved by" in line), told.text)
    expect(approver in said, f"it says that {approver} approved the plan", told.text)
    expect("tapped plan yes: Approved." in told.text, "the audit log tells the tap", told.text)
    await act.master.tap(told, "« Runs")
    await act.master.wait_for(lambda m: m.id == runs.id and number in m.labels, ANSWER_SECONDS)


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
    last = await act.newest()
    await act.master.tap(prompt, "Deploy")
    plan = await act.plan(last)
    expect(sha[:7] in plan.text, "the plan shows the commit that was noticed", plan.text)
    await act.master.tap(plan, APPROVE)
    await act.result(last, sha[:7], "exit code 0")
    expect(act.running()["sha"] == sha, "the commit that was noticed runs", act.running())


async def superseded(act: Act) -> None:
    act.repository.add("NOTES.md", "Greets people in the evening, and by name.\n")
    first = act.repository.push("Write down that people are greeted by name")
    said = await act.master.say("/deploy")
    plan = await act.plan(said)
    expect(first[:7] in plan.text, "the plan is of the first commit", plan.text)
    act.repository.add("NOTES.md", "Greets people in the evening, by name, and politely.\n")
    newer = act.repository.push("And that it is polite")
    card = await act.master.wait_for(lambda m: m.id == plan.id and NEWER in m.labels, RUN_SECONDS)
    moved = f"from {first[:7]} to {newer[:7]}"
    expect("Superseded" in card.text and moved in card.text, "the card says what changed", card.text)
    await act.result(said, "exit code 5", moved, "not touched")
    await act.master.tap(card, NEWER)
    anew = await act.master.wait_for(lambda m: APPROVE in m.labels, RUN_SECONDS, after=plan)
    expect(newer[:7] in anew.text, "the plan is of the newer commit", anew.text)
    await act.master.tap(anew, APPROVE)
    await act.result(anew, newer[:7], "exit code 0")
    expect(act.running()["sha"] == newer, "the newer commit runs", act.running())


async def approval_expires(act: Act) -> None:
    act.installation.restart("worker", TOUR_APPROVAL_MINUTES="0.2")
    try:
        await _let_it_expire(act)
    finally:
        act.installation.restart("worker")


async def _let_it_expire(act: Act) -> None:
    before = act.running()
    act.repository.add("NOTES.md", "Nobody looks at this one in time.\n")
    act.repository.push("A commit that nobody answers for")
    said = await act.master.say("/deploy")
    plan = await act.plan(said)
    await act.result(said, "exit code 5", "Nobody answered the plan", "not touched")
    card = await act.master.wait_for(lambda m: m.id == plan.id and "Expired" in m.text, RUN_SECONDS)
    expect(not card.labels, "the card that expired has no buttons", card.labels)
    late = await act.master.tap_data(plan, plan.buttons[0][0].data)
    expect(late is not None and "expired" in late.text, "a late tap is told so", late)
    expect(act.running() == before, "production is as it was", act.running())


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


NEWER = "Plan the newer commit"
_MISSPELT = "(SELECT count(*) FROM cicles) AS cycles"

SCENES: Mapping[str, Part] = {
    "status": Part("What is there", status),
    "logs": Part("What the application writes", logs),
    "deploy": Part("A good commit is deployed", deploy),
    "history": Part("The run is looked up, with who approved it", history, ("deploy",)),
    "tests-fail": Part("A commit whose tests fail changes nothing", tests_fail, ("deploy",)),
    "smoke-fail": Part("A commit that starts but is not well goes back by itself", smoke_fail, ("deploy",)),
    "rehearsal-fails": Part(
        "A failing migration is found on a copy; nothing is touched", rehearsal_fails, ("deploy",)
    ),
    "rollback": Part("Back to the release before", rollback, ("deploy",)),
    "backup": Part("A backup, read back before it counts", backup, ("deploy",)),
    "drill": Part("The restore drill of the schedules, run now", drill, ("backup",)),
    "restore": Part("Data that a slip deleted comes back", restore, ("backup",)),
    "undo-restore": Part("The restore is undone", undo_restore, ("restore",)),
    "push-prompt": Part("A push is noticed", push_prompt, ("deploy",)),
    "push-superseded": Part(
        "Two pushes before an answer: one prompt, the newer commit", push_superseded, ("deploy",)
    ),
    "superseded": Part("A newer push takes the place of a plan that waits", superseded, ("deploy",)),
    "approval-expires": Part("Nobody answers in time, and silence means no", approval_expires, ("deploy",)),
    "probation-reverts": Part(
        "A release that fails after its checks is taken back by itself", probation_reverts, ("deploy",)
    ),
    "stranger": Part("A stranger is not answered", stranger),
    "two-person": Part("Who asked does not approve alone", two_person),
    "webhook": Part("A signed webhook brings the prompt at once", webhook, ("deploy",)),
    "alert-rollback": Part("Production goes down by itself, and Master brings it back", alert_rollback),
    "self-update": Part(
        "A push to the controller's repository: a new bot goes on in the same card", self_update
    ),
    "self-update-fails": Part(
        "A new bot that does not reach Telegram: the old one is back by itself",
        self_update_fails,
        ("self-update",),
    ),
}
