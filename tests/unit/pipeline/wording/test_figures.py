"""Figures in words, as whole texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pipeline.cli.stats import text
from pipeline.figures import as_json
from pipeline.model.compared import figures
from pipeline.model.figures import Past
from pipeline.model.states import RunState
from tests.unit.pipeline.past import NOW, ago, change, commit, long_past


def test_of_a_year() -> None:
    assert (
        text("sample", figures(long_past(365), NOW))
        == """\
sample, the last 30 days
  Deployment frequency   3.0 a week (13 deploys); before 2.8 a week (12 deploys)
  Lead time for changes  not known: no commit with its time went live; before not known
  Change failure rate    13 % (2 of 15); before 20 % (3 of 15)
  Time to restore        2 min 00 s (median of 2 incidents, longest 2 min 00 s); before 2 min 00 s
  Work of a deploy       6 min 36 s (test 4 min 36 s, build 1 min 30 s, backup 20 s); before 6 min 21 s
  Without service        9 s a deploy; before 9 s
  Tests                  283 (+16)
  Coverage               79.2 % (+0.8)
  Newest backup          269 MB (+14.3 MB)
Lead time leaves 13 deploys out: since when their commits waited is not known."""
    )


def test_of_nothing() -> None:
    assert (
        text("sample", figures(Past(began_at=None), NOW))
        == """\
sample, the last 30 days
  Deployment frequency   no deploy
  Lead time for changes  not known: no commit with its time went live
  Change failure rate    no deploy
  Time to restore        nothing to restore
The journal knows no run yet."""
    )


def test_of_little() -> None:
    past = Past(
        began_at=ago(days=3),
        changes=[
            change(1, ago(days=2), commits=(commit("a", ago(days=2, hours=3)),)),
            change(2, ago(days=1), state=RunState.BROKEN),
        ],
    )
    assert (
        text("sample", figures(past, NOW))
        == """\
sample, the last 30 days
  Deployment frequency   1 deploy in 3 d 0 h: too short for a rate
  Lead time for changes  3 h 00 min (1 commit: too few to go by)
  Change failure rate    1 of 2: too few for a rate
  Time to restore        1 incident not over yet
The journal is 3 d 0 h old: that is all these figures are of."""
    )


def test_as_a_document() -> None:
    document = as_json(figures(long_past(365), NOW))
    assert document["before"]["deployment_frequency"] == {"live": 12, "per_week": 2.8}
    now = document["now"]
    assert now["change_failure_rate"] == {"rate": 0.133, "failed": 2, "reached_production": 15}
    assert now["time_to_restore"]["median_seconds"] == 120.0
    assert now["lead_time_for_changes"] == {"median_seconds": None, "commits": 0, "untimed_deploys": 13}
    assert now["trends"]["tests"] == 283
    assert "approve" not in now["trends"]["stage_seconds"]
    young = replace(long_past(365), began_at=NOW - timedelta(days=9))
    assert as_json(figures(young, NOW))["before"] is None
