"""What a restart that somebody asked for has come to."""

import pytest

from pipeline.engine import restarting
from pipeline.engine.restarting import _restart
from pipeline.model.inquiry import Restarted
from tests.unit.pipeline.stages.test_switch import AlwaysNews, SlowToAnswer, hands_on


async def test_one_that_ends_while_docker_answers_does_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarting, "container_events", AlwaysNews())
    told = await _restart(hands_on(SlowToAnswer(ends=3)), "app")
    assert told == Restarted(service="app", well=False, said="It ended again, with exit code 3.")
