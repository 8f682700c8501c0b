"""The one runner of outside commands: a command is data, running it is the only effect."""

from pipeline.process.chain import run_chain
from pipeline.process.command import Command, CommandFailed, CommandMissing, CommandTimedOut, Finished
from pipeline.process.inherit import inherited, inheriting
from pipeline.process.lines import Lines
from pipeline.process.orphans import end_orphans, holders
from pipeline.process.runner import run
from pipeline.process.scratch import scratch, sweep_scratch
from pipeline.process.through_command import listening

__all__ = [
    "Command",
    "CommandFailed",
    "CommandMissing",
    "CommandTimedOut",
    "Finished",
    "Lines",
    "end_orphans",
    "holders",
    "inherited",
    "inheriting",
    "listening",
    "run",
    "run_chain",
    "scratch",
    "sweep_scratch",
]
