"""The scenes about data: backed up, lost by a slip, brought back, and the restore undone."""

from __future__ import annotations

from demo.tour.act import ANSWER_SECONDS, APPROVE, Act, expect, is_result

_KEPT = "Water the plants."
_INSERT = (
    "INSERT INTO messages (update_id, chat_id, text, answer, answered_at)"
    " VALUES (-1, 0, 'Water the plants.', 'Noted.', now())"
)


async def backup(act: Act) -> None:
    _sql(act, _INSERT)
    said = await act.master.say("/backup")
    await act.result(said, "exit code 0", "The backup is kept")


async def restore(act: Act) -> None:
    before = _messages(act)
    _sql(act, "DELETE FROM messages")
    _, backups = await act.ask("/restore")
    await act.master.tap(backups, backups.labels[0])
    sure = await act.master.wait_for(lambda m: "Really restore?" in m.text, ANSWER_SECONDS, after=backups)
    await act.master.tap(sure, "Restore backup")
    plan = await act.plan(sure)
    expect("messages" in plan.text, "the plan names the table that has changed since", plan.text)
    await act.master.tap(plan, APPROVE)
    await act.result(sure)
    expect(_KEPT in before and _messages(act) == before, "the messages are back", _messages(act))
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())


async def undo_restore(act: Act) -> None:
    restored = await act.master.wait_for(lambda m: is_result(m) and "Undo" in m.labels, ANSWER_SECONDS)
    await act.master.tap(restored, "Undo")
    plan = await act.plan(restored)
    await act.master.tap(plan, APPROVE)
    await act.result(plan)
    expect(_messages(act) == "", "the database is as it was before the restore", _messages(act))
    expect((await act.health())["status"] == "ok", "the agent is well", await act.health())


def _messages(act: Act) -> str:
    return _sql(act, "SELECT text FROM messages ORDER BY id")


def _sql(act: Act, statement: str) -> str:
    """One statement in the application's database; its rows as lines."""
    words = ("--no-psqlrc", "--tuples-only", "--no-align", "--username=agent", "--dbname=server_agent")
    run = act.installation.run
    return run("exec", "-T", "postgres", "psql", *words, f"--command={statement}").strip()
