"""The checks of a release that has just been started: judgements over facts, and their runner."""

from pipeline.smoke.config import SmokeConfig
from pipeline.smoke.own import COMMAND_MS, Ran, Ways
from pipeline.smoke.report import CheckResult, SmokeReport
from pipeline.smoke.runner import ask_health, smoke
from pipeline.smoke.surroundings import tells_of_errors

__all__ = [
    "COMMAND_MS",
    "CheckResult",
    "Ran",
    "SmokeConfig",
    "SmokeReport",
    "Ways",
    "ask_health",
    "smoke",
    "tells_of_errors",
]
