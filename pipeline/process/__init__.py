"""The one runner of outside commands: a command is data, running it is the only effect."""

from pipeline.process.command import Command, CommandFailed, CommandMissing, CommandTimedOut, Finished
from pipeline.process.runner import run

__all__ = ["Command", "CommandFailed", "CommandMissing", "CommandTimedOut", "Finished", "run"]
