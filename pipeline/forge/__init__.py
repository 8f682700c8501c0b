"""What a forge knows of commits."""

from pipeline.forge.github import Github
from pipeline.forge.judging import CONTEXT
from pipeline.forge.place import repository_of

__all__ = ["CONTEXT", "Github", "repository_of"]
