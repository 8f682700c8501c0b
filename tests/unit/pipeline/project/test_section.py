import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.project.section import MigrateSection, Section, SmokeSection, TestSection, read_section
from pipeline.smoke.config import CHECKS

KEYS = "test, migrate, smoke"
TEST_KEYS = "service, target, command, reports"
MIGRATE_KEYS = "service, command, revision"
SMOKE_KEYS = "health, stats, skip"
A_VALUE = "a value, see docs/configuration.md"


@pytest.mark.parametrize("value", [None, {}])
def test_without_the_section_nothing_is_tested_or_migrated(value: object) -> None:
    assert read_section(value) == Section(test=None, migrate=None, smoke=SmokeSection())


def test_a_whole_section() -> None:
    assert read_section(
        {
            "test": {"service": "app", "target": "check", "command": ["pytest", "-q"], "reports": "/out"},
            "migrate": {
                "service": "app",
                "command": ["alembic", "upgrade", "head"],
                "revision": "SELECT version_num FROM alembic_version",
            },
            "smoke": {"health": "/api/health", "stats": "/api/stats", "skip": ["telegram", "logs"]},
        }
    ) == Section(
        test=TestSection(service="app", target="check", command=["pytest", "-q"], reports="/out"),
        migrate=MigrateSection(
            service="app",
            command=["alembic", "upgrade", "head"],
            revision="SELECT version_num FROM alembic_version",
        ),
        smoke=SmokeSection(health="/api/health", stats="/api/stats", skip=["telegram", "logs"]),
    )


def test_the_defaults() -> None:
    section = read_section({"test": {}, "migrate": {"command": ["migrate"]}})
    assert section.test == TestSection(service=None, target="test", command=None, reports="/reports")
    assert section.migrate == MigrateSection(service=None, command=["migrate"], revision=None)
    assert section.smoke == SmokeSection(health="/health", stats="/stats", skip=[])


@pytest.mark.parametrize("check", CHECKS)
def test_every_smoke_check_may_be_skipped(check: str) -> None:
    assert read_section({"smoke": {"skip": [check]}}).smoke.skip == [check]


@pytest.mark.parametrize(
    ("value", "key", "found", "allowed"),
    [
        ({"tests": {}}, "x-pipeline.tests", "not a key of this section", KEYS),
        ({"test": {"cmd": []}}, "x-pipeline.test.cmd", "not a key of this section", TEST_KEYS),
        (
            {"migrate": {"command": ["m"], "x": 1}},
            "x-pipeline.migrate.x",
            "not a key of this section",
            MIGRATE_KEYS,
        ),
        ({"smoke": {"retries": 3}}, "x-pipeline.smoke.retries", "not a key of this section", SMOKE_KEYS),
        ({"migrate": {}}, "x-pipeline.migrate.command", "missing", A_VALUE),
        (
            {"migrate": {"command": []}},
            "x-pipeline.migrate.command",
            "[]",
            "list should have at least 1 item after validation, not 0",
        ),
        (
            {"migrate": {"command": "alembic upgrade head"}},
            "x-pipeline.migrate.command",
            "'alembic upgrade head'",
            "input should be a valid list",
        ),
        (
            {"test": {"command": ["pytest", 1]}},
            "x-pipeline.test.command.1",
            "1",
            "input should be a valid string",
        ),
        (
            {"test": {"reports": "reports"}},
            "x-pipeline.test.reports",
            "'reports'",
            r"string should match pattern '^/[^\s]*$'",
        ),
        (
            {"smoke": {"health": "health"}},
            "x-pipeline.smoke.health",
            "'health'",
            r"string should match pattern '^/[^\s]*$'",
        ),
        (
            {"smoke": {"skip": ["everything"]}},
            "x-pipeline.smoke.skip.0",
            "'everything'",
            "input should be 'health', 'database', 'telegram', 'reactive_worker', 'proactive_scheduler',"
            " 'stats', 'resources' or 'logs'",
        ),
        (
            "pytest",
            "x-pipeline",
            "'pytest'",
            "input should be a valid dictionary or instance of Section",
        ),
    ],
)
def test_a_wrong_section_is_named(value: object, key: str, found: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_section(value)
    assert (caught.value.key, caught.value.found, caught.value.allowed) == (key, found, allowed)
