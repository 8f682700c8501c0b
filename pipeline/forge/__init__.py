"""What a forge knows of commits, and is told of runs."""

from pipeline.forge.github import Github
from pipeline.forge.judging import CONTEXT
from pipeline.forge.place import repository_of
from pipeline.forge.wanted import State, Wanted, wanted
from pipeline.forge.writing import Gone, Limited, NotTold, Refused, Untold, Writing

__all__ = [
    "CONTEXT",
    "Github",
    "Gone",
    "Limited",
    "NotTold",
    "Refused",
    "State",
    "Untold",
    "Wanted",
    "Writing",
    "repository_of",
    "wanted",
]
