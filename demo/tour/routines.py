"""The scene about what begins by itself: the restore drill is run now, from the list of schedules."""

from __future__ import annotations

from demo.tour.act import ANSWER_SECONDS, Act, expect


async def drill(act: Act) -> None:
    _, shown = await act.ask("/schedules")
    expect("Restore drill" in shown.text, "/schedules lists the restore drill", shown.text)
    answer = await act.master.tap(shown, "Run restore drill now")
    expect(answer is not None and "Drill asked for" in answer.text, "the drill is asked for", answer)
    await act.result(shown, "Backup proven", "exit code 0")
    _, backups = await act.ask("/restore")
    expect("proven" in backups.text, "the list of backups says that it is proven", backups.text)
    said = await act.master.say("/status")
    status = await act.master.wait_for(lambda m: "Last proven backup" in m.text, ANSWER_SECONDS, after=said)
    expect("just now" in status.text or " s ago" in status.text, "/status says so too", status.text)
