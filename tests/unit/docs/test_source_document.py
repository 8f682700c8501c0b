"""The tables that map the source document, and its chapters: nothing missing, nothing that does not exist."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.unit.docs.pages import ROOT, page, rows, words

PIPELINE = page("docs/DEPLOYMENT_PIPELINE.md")
MAP = PIPELINE.section("The source document")
PLACE = re.compile(r"(bot|pipeline|tests|docs|demo)/[\w./-]+|[\w.-]+\.(md|yml)|Dockerfile")

SCRIPTS = {
    "scripts/build_and_deploy.sh",
    "scripts/run_tests.sh",
    "scripts/smoke_test.sh",
    "scripts/rollback.sh",
    "scripts/backup_db.sh",
    "scripts/restore_db.sh",
    "scripts/setup_git.sh",
    "scripts/deployment_report.sh",
    "scripts/post-receive",
    "scripts/README.md",
}
TESTS = {
    "tests/smoke/test_health.py",
    "tests/smoke/test_webhook.py",
    "tests/integration/test_full_flow.py",
    "tests/integration/test_approval_flow.py",
    "tests/integration/test_proactive_cycle.py",
}
VARIABLES = {
    "TELEGRAM_API_TOKEN",
    "MASTER_CHAT_ID",
    "DB_HOST",
    "DB_PORT",
    "DB_NAME",
    "DB_USER",
    "DB_PASSWORD",
    "DOCKER_IMAGE_BASE",
    "DOCKER_COMPOSE_FILE",
    "COVERAGE_THRESHOLD",
    "API_URL",
    "STARTUP_WAIT",
    "DEPLOYMENT_TIMEOUT",
}
FILES = {".env.vnext", ".env.vnext.example", ".env.postgres.vnext", ".env.postgres.vnext.example"}
LABELS = {
    "deployment.group",
    "deployment.service",
    "deployment.critical",
    "deployment.rollback-enabled",
}
ROWS = {
    "Its scripts": 10,
    "What its scripts promised": 58,
    "Its tests": 17,
    "Its variables": 15,
    "Its exit codes": 6,
    "Its labels and its compose file": 6,
    "Its flow": 7,
    "Its features": 16,
    "Its commands": 10,
    "Its way in": 4,
    "Its notes on security": 8,
    "Its notes on performance": 7,
    "Its upkeep": 11,
    "Its documents": 6,
}
"""How many there are of each: a row that gets lost is noticed."""

CHAPTERS = {
    "architecture overview": ["Architecture"],
    "pipeline flow diagram": ["Flow"],
    "trigger mechanisms": ["Triggers"],
    "step-by-step explanation": ["The stages"],
    "rollback procedures": ["The way back", "Rollback by command"],
    "database management": ["Database"],
    "exit codes reference": ["Exit codes"],
    "Master notifications": ["Notifications"],
    "monitoring and logs": ["Monitoring", "Logs and reports"],
    "troubleshooting guide": ["Troubleshooting"],
    "performance considerations": ["Performance"],
    "security considerations": ["Security"],
    "best practices": ["Best practices"],
    "advanced configuration": ["Advanced configuration"],
    "CI/CD integration examples": ["CI/CD integration"],
    "references": ["References"],
}


def first_words(section: str) -> set[str]:
    return {word for cells in rows(PIPELINE.section(section)) for word in words(cells[0])}


@cache
def functions_of(path: str) -> set[str]:
    return set(re.findall(r"^\s*(?:async )?def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE))


def missing(test: str) -> bool:
    path, _, name = test.partition("::")
    if not path.startswith("tests/") or not (ROOT / path).exists():
        return True
    return bool(name) and name.rpartition("::")[2] not in functions_of(path)


def test_each_group_has_all_its_rows() -> None:
    headings = re.findall(r"^### (.+)$", MAP, re.MULTILINE)
    assert {heading: len(rows(PIPELINE.section(heading))) for heading in headings} == ROWS


def test_every_script_test_variable_and_label_has_a_row() -> None:
    assert first_words("Its scripts") == SCRIPTS
    assert first_words("Its tests") == TESTS
    assert first_words("Its variables") == VARIABLES | FILES
    assert first_words("Its labels and its compose file") == LABELS | {"docker-compose-vnext.yml"}


def test_every_exit_code_has_a_row() -> None:
    firsts = [cells[0] for cells in rows(PIPELINE.section("Its exit codes"))]
    assert [first.partition(" = ")[0] for first in firsts] == ["0", "1", "2", "3", "4", "none"]


def test_every_step_and_every_check_has_a_row() -> None:
    firsts = [cells[0] for cells in rows(PIPELINE.section("What its scripts promised"))]
    for kind, count in (("deploy", 12), ("smoke", 8)):
        numbers = [int(number) for first in firsts for number in re.findall(rf"^{kind} (\d+):", first)]
        assert numbers == list(range(1, count + 1))


@pytest.mark.parametrize("cells", rows(MAP), ids=lambda cells: cells[0][:60])
def test_what_a_row_names_exists(cells: list[str]) -> None:
    there, here, proof = cells
    assert there
    assert here
    places = [word for word in words(here) if PLACE.fullmatch(word)]
    assert [place for place in places if not (ROOT / place).exists()] == []
    assert [test for test in words(proof) if missing(test)] == []
    assert words(proof)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_of_the_source_has_one_here(chapter: str) -> None:
    for title in CHAPTERS[chapter]:
        body = PIPELINE.section(title)
        assert body.startswith(f"## {title}\n")
        assert len(body.split()) > 20, f"{title} says nothing"
