"""A line of the audit log as a sentence. Pure."""

from __future__ import annotations

from pipeline.model.audit import AuditLine
from pipeline.model.moment import unzoned
from pipeline.wording.markup import clean, cut, line

_TEXT = 160


def deed(entry: AuditLine) -> str:
    """What was done, to follow who did it, as plain text of one line: `tapped plan yes: Approved.`"""
    return cut(clean(_deed(entry)), _TEXT)


def audit_line(entry: AuditLine, *, of_run: bool = False) -> str:
    """As HTML with moment and place; `of_run` leaves out which run it is about."""
    at = unzoned(entry.at, "%H:%M:%S" if of_run else "%m-%d %H:%M:%S")
    run = f" · run {entry.run}" if entry.run is not None and not of_run else ""
    chat = f" · chat {entry.chat}" if entry.chat is not None else ""
    return f"{at} {line(entry.actor, 60)} {line(deed(entry), _TEXT)}{run}{chat}"


def _deed(entry: AuditLine) -> str:
    told = entry.detail
    said = f": {told['said']}" if told.get("said") else ""
    of = f" ({told['project']})" if told.get("project") else ""
    match entry.action:
        case "tap":
            return f"tapped {_button(told)}{of}{said}"
        case "tap too old":
            return f"tapped {_button(told)}, which came too late"
        case "command" | "message":
            return f"wrote {told.get('text')}{of}{said}"
        case "ignored" if "more" in told:
            return f"was not answered {told['more']} more times"
        case "ignored":
            return f"was not answered{said}"
        case "run requested":
            return " ".join(["asked for a", *(str(told[key]) for key in ("kind", "target") if key in told)])
        case "question answered":
            return f"answered the question: {told.get('way')}"
        case "cancel":
            return "cancelled the run"
        case "restart":
            return f"had {told.get('service')} restarted"
        case "service restarted" | "restart refused":
            return f"{entry.action}: {told.get('service')}{said}"
        case _:
            why = told.get("reason") or told.get("what_changed") or told.get("problem")
            return f"{entry.action}: {why}" if why else entry.action


def _button(told: dict[str, object]) -> str:
    """Without what makes a button work once."""
    return " ".join(str(told.get("data", "")).split(":")[:2])
