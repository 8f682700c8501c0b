"""docs/metrics.md, the dashboard and the rules against the metrics that there are."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.core import Metric

from bot.families import families
from pipeline.containers.compose import find_program
from pipeline.process import Command, run
from tests.unit.bot.told import told
from tests.unit.docs.pages import ROOT, page, rows, words

ELSEWHERE = {"up"}
"""Prometheus' own."""

_SUFFIX = {"counter": "_total", "info": "_info"}
_NOT_METRICS = {"by", "sum", "min", "max", "increase", "absent", "or", "unless", "and"}
RULES = ROOT / "docs/alert-rules.yml"


def labels(family: Metric) -> set[str]:
    return {label for sample in family.samples for label in sample.labels}


def told_names() -> dict[str, tuple[str, str, str]]:
    """Type, labels and help of each metric, by the name that samples have."""
    return {
        f"{family.name}{_SUFFIX.get(family.type, '')}": (
            family.type,
            ", ".join(f"`{label}`" for label in sorted(labels(family) - {"le"})),
            family.documentation,
        )
        for family in families(told())
    }


def sampled() -> set[str]:
    return {sample.name for family in families(told()) for sample in family.samples}


def used(expression: str) -> set[str]:
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]|\bby \([^)]*\)', " ", expression)
    return set(re.findall(r"[a-z_][a-z0-9_]*", bare)) - _NOT_METRICS


def test_every_metric_is_told_as_it_is_and_no_other() -> None:
    table = {
        words(cells[0])[0]: tuple(cells[1:4])
        for cells in rows(page("docs/metrics.md").section("Metrics"))
        if cells[0].startswith("`")
    }
    assert table == told_names()


def test_the_dashboard_shows_only_what_there_is() -> None:
    board = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(expressions) >= 20
    assert {name for each in expressions for name in used(each)} <= sampled() | ELSEWHERE
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)


@pytest.fixture
async def rules(tmp_path: Path) -> list[dict[str, Any]]:
    """As Compose reads YAML: as an extension of a compose file."""
    text = "x-rules:\n" + textwrap.indent(RULES.read_text(), "  ") + "services: {a: {image: a}}\n"
    (tmp_path / "compose.yml").write_text(text)
    argv = (*await find_program(), "-f", str(tmp_path / "compose.yml"), "config", "--no-interpolate")
    out = tmp_path / "read.json"
    await run(Command((*argv, "--format", "json")), timeout=60.0, check=True, stdout_to=out)
    [group] = json.loads(out.read_text())["x-rules"]["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_every_rule_is_of_what_there_is(rules: list[dict[str, Any]]) -> None:
    assert len(rules) == len({rule["alert"] for rule in rules}) >= 8
    for rule in rules:
        assert used(rule["expr"]) <= sampled() | ELSEWHERE, rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert re.fullmatch(r"[0-9]+[mh]", rule["for"])


def test_a_dead_bot_is_told(rules: list[dict[str, Any]]) -> None:
    [dead] = [rule for rule in rules if "absent(" in rule["expr"]]
    assert dead["labels"]["severity"] == "critical"
    assert used(dead["expr"]) == {"up"}
