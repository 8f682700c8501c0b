"""A new version of the controller takes over, and one that does not work gives way to the one before."""

from __future__ import annotations

from pipeline.model.run import RunView
from pipeline.model.states import ExitCode, RunState, StageName, StageState
from tests.integration.hand_over.stack import Stack


def told(view: RunView) -> str:
    said = view.run.failure
    return f"{said.what}\n{said.log}" if said else str(view.run.state)


async def test_a_new_version_takes_over_and_a_broken_one_gives_way(stack: Stack) -> None:
    stack.remote.write("version", "two")
    second = stack.remote.push("The second version")
    before = {service: stack.containers(service)[0].image.id for service in ("bot", "worker")}

    view = await stack.end(await stack.approved())

    assert view.run.state is RunState.SUCCEEDED, told(view)
    assert [row.name for row in view.stages if row.state is not StageState.SUCCEEDED] == []
    serving = {service: stack.containers(service)[0].image.id for service in ("bot", "worker")}
    assert serving["bot"] == serving["worker"] != before["bot"]
    project = await stack.store.releases.project_by_id(stack.project.id)
    assert project.live_release_id is not None
    live = await stack.store.releases.get(project.live_release_id)
    assert live is not None
    assert (live.sha, live.images) == (second, serving)
    await stack.tidy()

    stack.remote.edit(
        "docker-compose-vnext.yml",
        'command: ["python", "-m", "bot"]\n',
        'command: ["python", "-m", "bot"]\n    environment: {TELEGRAM_API_URL: "http://127.0.0.1:1"}\n',
    )
    stack.remote.push("A bot that reaches nobody")

    view = await stack.end(await stack.approved())

    assert (view.run.state, view.run.exit_code) == (RunState.REVERTED, ExitCode.SMOKE_FAILED)
    assert view.run.failure is not None
    assert view.run.failure.stage is StageName.SMOKE
    assert "bot: " in view.run.failure.log
    assert {service: stack.containers(service)[0].image.id for service in serving} == serving
    await stack.tidy()
