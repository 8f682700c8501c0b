"""`python -m demo.tour [SCENE | clean]`: plays the scenes against the real stack."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

from demo.botapi.person import Person, PersonError
from demo.machine.compose import compose_command
from demo.machine.images import ensure_images
from demo.machine.running import MachineError
from demo.tour import installation as stack
from demo.tour.act import Act
from demo.tour.installation import Installation, TourError
from demo.tour.repository import Repository
from demo.tour.scenes import SCENES
from demo.tour.screen import Screen

READY_SECONDS = 120.0


def main(arguments: list[str]) -> int:
    """0 all played, 1 a scene failed or the machine lacks something, 64 wrong usage."""
    if arguments == ["clean"]:
        stack.remove()
        print("The tour's containers, volumes, networks, images and folder are gone.")
        return 0
    unknown = [name for name in arguments if name not in SCENES]
    if unknown:
        print(f"There is no scene {unknown[0]!r}; scenes: {', '.join(SCENES)}.", file=sys.stderr)
        return 64
    wanted = [name for name in SCENES if name in arguments or not arguments]  # each in its turn
    stays = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("CI", "") != "true"
    try:
        asyncio.run(_tour(wanted, stays))
    except asyncio.CancelledError:
        print("\nStopped; cleaning up.")
    except (TourError, MachineError, PersonError, TimeoutError) as error:
        print(f"\ndemo: failed: {error}\n{stack.last_words()}", file=sys.stderr)
        return 1
    finally:
        stack.remove()
    return 0


async def _tour(wanted: list[str], stays: bool) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else sys.exit)
    started = time.monotonic()
    here = await asyncio.to_thread(_install)
    print(f"The stack is up after {time.monotonic() - started:.0f} s. The chat page: {here.page}", flush=True)
    async with (
        Person(here.page, here.token, stack.MASTER, first_name="Master") as master,
        Person(here.page, here.token, stack.STRANGER, first_name="Mallory") as stranger,
        Screen(master),
    ):
        act = Act(here, _agents(here), _own(here), master, stranger)
        await _greet(act)
        await _play(act, wanted)
        print(f"\ndemo: {len(wanted)} scenes passed", flush=True)
        if stays:
            print(f"The stack stays up; go on in the chat: {here.page}  (Ctrl-C ends it)", flush=True)
            await asyncio.Event().wait()


def _install() -> Installation:
    """The stack, from nothing to running, with the first commits of agent and controller pushed."""
    if stack.leftovers():
        print("Removing what an earlier tour left behind.", flush=True)
        stack.remove()
    here = stack.new_installation(tuple(compose_command()), ensure_images())
    here.lay()
    agent, own = _agents(here), _own(here)
    agent.begin(stack.ROOT / "demo" / "agent", "Agent as it was installed")
    installed = own.begin(here.folder, "Controller as it was installed")
    print("Building the controller's image (bot and worker).", flush=True)
    here.run("build", "--build-arg", f"REVISION={installed}", "bot", timeout=stack.BUILD_SECONDS)
    here.start("telegram", "git")
    for repository in (agent, own):
        _until_git_answers(repository)
        repository.publish()
    print("Starting the stack: postgres, app, bot, worker.", flush=True)
    here.start()
    return here


def _agents(here: Installation) -> Repository:
    return Repository(here.remote("agent"))


def _own(here: Installation) -> Repository:
    return Repository(here.remote("controller"), stack.FOLDER / "controller")


def _until_git_answers(repository: Repository) -> None:
    """The git server answers a moment after its container runs.

    Docker accepts connections on the port before that, and a push would end of a broken pipe.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not repository.answers():
        if time.monotonic() > deadline:
            raise TourError(f"the git server did not answer at {repository.remote}")
        time.sleep(0.2)


async def _greet(act: Act) -> None:
    """The first words with the bot: it is up when it answers."""
    said = await act.master.say("/start")
    await act.master.wait_for(lambda _: True, READY_SECONDS, after=said)


async def _play(act: Act, wanted: list[str]) -> None:
    played: set[str] = set()

    async def play(name: str) -> None:
        if name in played:
            return
        scene = SCENES[name]
        for needed in scene.needs:
            await play(needed)
        started = time.monotonic()
        print(f"\n=== {name}: {scene.title}", flush=True)
        await scene.play(act)
        print(f"=== {name} passed ({time.monotonic() - started:.0f} s)", flush=True)
        played.add(name)

    for name in wanted:
        await play(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
