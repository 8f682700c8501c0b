"""What a restore refuses before it looks at anything."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.model.errors import StageFailed
from pipeline.stages import check


async def test_the_journal_is_not_brought_back_by_a_run_that_it_holds() -> None:
    settings = SimpleNamespace(db_name="pipeline", pipeline_db_name="pipeline")
    journey: Any = SimpleNamespace(parts=SimpleNamespace(settings=settings))
    with pytest.raises(StageFailed) as refused:
        await check.run(journey)
    assert refused.value.what == (
        "DB_NAME pipeline is the journal itself: no run brings back the database that it is written in."
    )
