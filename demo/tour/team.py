"""The scene with two owners in a group: who asked for a run does not approve it alone."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx

from demo.botapi.person import Person
from demo.tour.act import APPROVE, Act, expect
from demo.tour.installation import MASTER, SECOND, STRANGER
from demo.tour.screen import Screen


async def two_person(act: Act) -> None:
    async with (
        _group(act) as group,
        _member(act, MASTER, group) as master,
        _member(act, SECOND, group) as lin,
        _member(act, STRANGER, group) as mallory,
        Screen(master),
    ):
        act.repository.add("TEAM.md", "Two of us answer for this.\n")
        sha = act.repository.push("Say who answers for the agent")
        there = replace(act, master=master)
        said = await master.say("/deploy")
        plan = await there.plan(said)
        alone = await master.tap(plan, APPROVE)
        expect(
            alone is not None and "another owner has to approve" in alone.text,
            "who asked is refused",
            alone,
        )
        stranger = await mallory.tap(plan, APPROVE, timeout=3)
        expect(stranger is None, "who has no rights is not answered", stranger)
        other = await lin.tap(plan, APPROVE)
        expect(other is not None and other.text == "Approved.", "the other owner may approve", other)
        await there.result(said, sha[:7], "exit code 0")
        expect(act.running()["sha"] == sha, "the commit that two agreed on runs", act.running())


@contextlib.asynccontextmanager
async def _group(act: Act) -> AsyncIterator[int]:
    """The home chat is a group of three for a while, and two of them are owners."""
    here = act.installation
    people = {"title": "Operations", "users": [MASTER, SECOND, STRANGER], "tokens": [here.token]}
    async with httpx.AsyncClient(base_url=here.page, timeout=10, trust_env=False) as client:
        for user, name in ((SECOND, "Lin"), (STRANGER, "Mallory")):
            (await client.post("/_/users", json={"id": user, "first_name": name})).raise_for_status()
        made = (await client.post("/_/groups", json=people)).raise_for_status().json()
    here.restart("bot", TOUR_OWNERS=str(SECOND), TOUR_TWO_PERSONS="true", TOUR_CHAT=str(made["id"]))
    try:
        yield made["id"]
    finally:
        here.restart("bot")


def _member(act: Act, user: int, group: int) -> Person:
    return Person(act.installation.page, act.installation.token, user, chat=group)
