"""Whose button it is: the data of a button of a project beside the default one ends in its id, `~7`.

Put on where a card's keyboard becomes Telegram's (bot.outbox) or where one card has buttons of several
projects; taken off before anything else reads what was tapped (bot.whose).
"""

from __future__ import annotations

import re

from pipeline.model.release import ProjectId

NONE_CHOSEN = ProjectId(0)
"""Of a card that is about all projects: what its buttons ask for is asked of all, or it is asked of which."""

MOST_PROJECTS = 999_999
"""With ids up to this one every button's data fits into Telegram's 64 bytes."""

_MARKED = re.compile(r"(?s)(.*)~([0-9]{1,6})")


def belonging(data: str, project: ProjectId | None) -> str:
    """The data of a button of `project`, None for the default one; data that says whose it is stays."""
    if project is None or not data or _MARKED.fullmatch(data):
        return data
    if not 0 <= project <= MOST_PROJECTS:
        raise ValueError(f"project {project} does not fit into a button")
    return f"{data}~{project}"


def parted(data: str) -> tuple[str, ProjectId | None]:
    """What a button carries, and whose it is; None where it does not say."""
    found = _MARKED.fullmatch(data)
    return (found[1], ProjectId(int(found[2]))) if found else (data, None)
