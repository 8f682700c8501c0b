"""The eight checks of a release that has just been started: judgements over facts, and their runner."""

from pipeline.smoke.config import CHECKS, SmokeConfig
from pipeline.smoke.report import CheckResult, SmokeReport
from pipeline.smoke.runner import smoke

__all__ = ["CHECKS", "CheckResult", "SmokeConfig", "SmokeReport", "smoke"]
