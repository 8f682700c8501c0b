"""Pushes in the journal: each is asked about once, in a prompt that moves on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from pipeline.model.ci import Ci
from pipeline.model.push import Push, PushedCommit, PushFacts
from pipeline.model.release import Project
from pipeline.model.run import Run
from pipeline.model.states import PushState, RunKind, Source
from pipeline.store.store import Store

CHAT = 42
START = datetime(2026, 3, 9, 10, tzinfo=UTC)
COMMITS = [PushedCommit(sha="a" * 40, author="Ada", subject="Answer <faster> & better", when=START)]
FACTS = PushFacts(commit_count=1, file_count=2, files=["a", "b"], migration_count=0)


async def _ask(
    store: Store, project: Project, digit: str, *, at: datetime = START, since: datetime | None = None
) -> Push | None:
    since = since or START - timedelta(hours=8)
    return await store.pushes.ask(project.id, "main", digit * 40, COMMITS, FACTS, at, gathers_since=since)


async def _seen(store: Store, project: Project, digit: str, **more: datetime) -> Push:
    push = await _ask(store, project, digit, **more)
    assert push is not None
    return push


async def _told(
    store: Store, project: Project, at: datetime = START, *, ask: bool = True
) -> list[tuple[int, str, PushState]]:
    prompts = await store.pushes.to_tell(project.id, CHAT, at, ask=ask)
    shown = [(prompt, await store.pushes.shown_in(prompt)) for prompt in prompts]
    return [(prompt, push.sha[0], push.state) for prompt, push in shown if push]


async def test_a_push_is_seen_once(store: Store, project: Project) -> None:
    answers = await asyncio.gather(*(_ask(store, project, "a") for _ in range(5)))
    [push] = [answer for answer in answers if answer]
    assert (push.state, push.commits, push.facts, push.gathered) == (PushState.SEEN, COMMITS, FACTS, 1)
    assert await store.pushes.get(push.id) == push
    assert await store.pushes.newest(project.id, "main") == push
    assert await store.pushes.of(project.id, "main", "a" * 40) == push
    assert await store.pushes.newest(project.id, "other") is None


async def test_a_prompt_moves_on_to_newer_pushes(store: Store, project: Project) -> None:
    one = await _seen(store, project, "1")
    assert one.prompt is not None
    await store.cards.show("push", one.prompt, CHAT, message=7, shown="1", final=False)
    two = await _seen(store, project, "2", at=START + timedelta(hours=1))
    assert (two.prompt, two.gathered) == (one.prompt, 2)
    assert await _told(store, project) == [(one.prompt, "2", PushState.SEEN)]
    before = await store.pushes.get(one.id)
    assert before is not None
    assert before.state is PushState.SUPERSEDED
    assert await store.pushes.answer(one.id, PushState.DEPLOYED) is None
    assert await store.pushes.answer(two.id, PushState.SKIPPED)
    assert await _told(store, project) == [(one.prompt, "2", PushState.SKIPPED)]
    three = await _seen(store, project, "3")
    assert three.prompt != one.prompt


async def test_a_prompt_that_began_too_long_ago_gathers_no_more(store: Store, project: Project) -> None:
    one = await _seen(store, project, "1")
    assert one.prompt is not None
    await store.cards.show("push", one.prompt, CHAT, message=7, shown="1", final=False)
    later = START + timedelta(hours=9)
    two = await _seen(store, project, "2", at=later, since=START + timedelta(hours=1))
    assert two.prompt not in (None, one.prompt)
    assert await _told(store, project) == [
        (one.prompt, "1", PushState.SUPERSEDED),
        (two.prompt, "2", PushState.SEEN),
    ]


async def test_a_branch_that_comes_back_is_asked_about_only_if_nobody_answered(
    store: Store, project: Project
) -> None:
    one = await _seen(store, project, "1")
    two = await _seen(store, project, "2")
    again = await _seen(store, project, "1")
    assert (again.id, again.prompt, again.state) == (one.id, one.prompt, PushState.SEEN)
    assert await store.pushes.newest(project.id, "main") == again
    found = await store.pushes.get(two.id)
    assert found is not None
    assert found.state is PushState.SUPERSEDED
    assert await store.pushes.answer(again.id, PushState.SKIPPED)
    asked_anew = await _seen(store, project, "2")
    assert asked_anew.prompt not in (None, one.prompt, one.id, two.id)
    assert await _told(store, project) == [(asked_anew.prompt, "2", PushState.SEEN)]
    assert await _ask(store, project, "1") is None
    assert await _told(store, project) == []
    newest = await store.pushes.newest(project.id, "main")
    assert newest is not None
    assert (newest.id, newest.state) == (one.id, PushState.SKIPPED)


async def test_a_push_that_another_prompt_asks_about_is_superseded_in_its_first(
    store: Store, project: Project
) -> None:
    one = await _seen(store, project, "1")
    assert one.prompt is not None
    await store.cards.show("push", one.prompt, CHAT, message=7, shown="1", final=False)
    await store.pushes.quiet(project.id, "main", "2" * 40, START)
    again = await _seen(store, project, "1")
    assert await _told(store, project) == [
        (one.prompt, "1", PushState.SUPERSEDED),
        (again.prompt, "1", PushState.SEEN),
    ]


async def test_a_push_is_answered_once(store: Store, run: Run, project: Project) -> None:
    push = await _seen(store, project, "1")
    answers = await asyncio.gather(
        *(store.pushes.answer(push.id, PushState.DEPLOYED, run.id) for _ in range(4))
    )
    [answered] = [answer for answer in answers if answer]
    assert (answered.state, answered.run_id) == (PushState.DEPLOYED, run.id)
    assert await store.pushes.answer(push.id, PushState.SKIPPED) is None


async def test_a_quiet_push_asks_nothing_and_ends_what_was_asked(store: Store, project: Project) -> None:
    waits = await _seen(store, project, "1")
    quiet = await store.pushes.quiet(project.id, "main", "2" * 40, START)
    assert quiet.state is PushState.SKIPPED
    assert await store.pushes.newest(project.id, "main") == quiet
    found = await store.pushes.get(waits.id)
    assert found is not None
    assert found.state is PushState.SUPERSEDED
    assert await _told(store, project) == []


async def test_nothing_new_is_told_during_a_mute_and_the_newest_after_it(
    store: Store, project: Project
) -> None:
    until = START + timedelta(hours=1)
    await store.mutes.begin(project.id, "Ada (42)", START, until)
    await _seen(store, project, "1")
    newest = await _seen(store, project, "2")
    assert await _told(store, project) == []
    assert await _told(store, project, until) == [(newest.prompt, "2", PushState.SEEN)]
    assert await _told(store, project, until, ask=False) == []
    longer = await store.mutes.begin(project.id, "Eve (43)", START, None)
    assert await store.mutes.current(project.id, until + timedelta(days=99)) == longer
    ended = await store.mutes.end(project.id, "Ada (42)", START)
    assert ended is not None
    assert (ended.began_by, ended.ended_by) == ("Eve (43)", "Ada (42)")
    assert await store.mutes.end(project.id, "Ada (42)", START) is None
    assert await _told(store, project) == [(newest.prompt, "2", PushState.SEEN)]


async def test_a_mute_whose_time_is_over_is_none(store: Store, project: Project) -> None:
    until = START + timedelta(hours=1)
    await store.mutes.begin(project.id, "Ada (42)", START, until)
    assert await store.mutes.current(project.id, until) is None
    assert await store.mutes.end(project.id, "Ada (42)", until) is None


async def test_what_ci_says_is_kept(store: Store, project: Project) -> None:
    push = await _seen(store, project, "1")
    await store.pushes.note_ci(push, Ci.PENDING)
    await store.pushes.note_ci(push, Ci.PASSED)
    found = await store.pushes.get(push.id)
    assert found is not None
    assert found.ci is Ci.PASSED


async def test_a_push_of_before_there_were_prompts_is_its_own(store: Store, project: Project) -> None:
    number = await store.pool.fetchval(
        "INSERT INTO pushes (project_id, branch, sha, commits) VALUES ($1, 'main', $2, $3) RETURNING id",
        project.id,
        "1" * 40,
        '[{"sha": "1", "author": "Ada", "subject": "Answer"}]',
    )
    assert await _told(store, project) == [(number, "1", PushState.SEEN)]
    await store.cards.show("push", number, CHAT, message=7, shown="1", final=False)
    newer = await _seen(store, project, "2")
    assert await _told(store, project) == [
        (number, "1", PushState.SUPERSEDED),
        (newer.prompt, "2", PushState.SEEN),
    ]


async def test_a_run_asked_by_a_push_names_it(store: Store, project: Project) -> None:
    push = await _seen(store, project, "1")
    run = await store.runs.request(
        project.id, RunKind.DEPLOY, source=Source.PUSH, by="Master", target=push.sha, key=f"push {push.id}"
    )
    assert await store.pushes.answer(push.id, PushState.DEPLOYED, run.id)
    found = await store.pushes.get(push.id)
    assert found is not None
    assert found.run_id == run.id
