import pytest

from pipeline.model.checks import CHECKS, FAIL_ON, Endpoint, Limits, OwnCheck, Patterns, SmokeSection
from pipeline.model.errors import ConfigurationError
from pipeline.model.release import Undoing
from pipeline.project.section import MigrateSection, Section, TestSection, read_section

KEYS = "database, test, migrate, smoke"
TEST_KEYS = "service, target, command, reports, suites, side_by_side"
SUITE_KEYS = "command, reports"
MIGRATE_KEYS = "service, command, revision, paths, down, harmless"
DOWN = {"command": ["m"], "revision": "SELECT 1", "down": ["m", "to={revision}", "{revision}"]}
SMOKE_KEYS = (
    "health, database, telegram, reactive_worker, proactive_scheduler, stats, resources, logs, skip, checks"
)
ENDPOINT_KEYS = "status, json, value, within_ms, path"
A_PLACE = "a path that begins with /, or an http(s) URL"
A_WORD = "true, false or a mapping of its keys"
ONE_WAY = "exactly one of http, tcp and command"
JSON_PATH = "a path such as checks.database.status or items[0].name"
A_VALUE = "a value, see docs/configuration.md"


@pytest.mark.parametrize("value", [None, {}])
def test_without_the_section_nothing_is_tested_or_migrated(value: object) -> None:
    assert read_section(value) == Section(database=True, test=None, migrate=None, smoke=SmokeSection())


def test_a_whole_section() -> None:
    assert read_section(
        {
            "test": {"service": "app", "target": "check", "command": ["pytest", "-q"], "reports": "/out"},
            "migrate": {
                "service": "app",
                "command": ["alembic", "upgrade", "head"],
                "revision": "SELECT version_num FROM alembic_version",
            },
            "smoke": {
                "health": "/api/health",
                "database": {"json": "parts[0].state", "value": "green"},
                "telegram": False,
                "stats": {"path": "http://stats:9000/now", "status": [200, 204], "within_ms": 500},
                "resources": {"disk_free_percent": 10},
                "logs": {"fail_on": ["panic"], "ignore": ["known"]},
                "skip": ["reactive_worker"],
                "checks": [
                    {"name": "front page", "http": "/", "status": 200},
                    {"name": "queue", "tcp": "queue:6379"},
                    {"name": "disk", "command": ["df", "-h"], "service": "app"},
                ],
            },
        }
    ) == Section(
        test=TestSection(service="app", target="check", command=["pytest", "-q"], reports="/out"),
        migrate=MigrateSection(
            service="app",
            command=["alembic", "upgrade", "head"],
            revision="SELECT version_num FROM alembic_version",
        ),
        smoke=SmokeSection(
            health=Endpoint(path="/api/health", json="status"),
            database=Endpoint(json="parts[0].state", value=("green",)),
            stats=Endpoint(path="http://stats:9000/now", status=(200, 204), within_ms=500),
            resources=Limits(disk_free_percent=10),
            logs=Patterns(fail_on=("panic",), ignore=("known",)),
            skip=("reactive_worker", "telegram"),
            checks=(
                OwnCheck(name="front page", http="/", status=(200,)),
                OwnCheck(name="queue", tcp="queue:6379"),
                OwnCheck(name="disk", command=("df", "-h"), service="app"),
            ),
        ),
    )


def test_an_application_may_have_no_database() -> None:
    assert not read_section({"database": False}).database
    assert read_section({"database": False, "migrate": {"command": ["m"]}}).migrate is not None


def test_the_revision_by_a_query_or_by_a_command() -> None:
    by_query, by_command, by_none = (
        MigrateSection(command=["m"], revision=revision)
        for revision in ("SELECT 1", ["alembic", "current"], None)
    )
    assert (by_query.query, by_query.telling) == ("SELECT 1", None)
    assert (by_command.query, by_command.telling) == (None, ["alembic", "current"])
    assert (by_none.query, by_none.telling) == (None, None)


def test_the_defaults() -> None:
    section = read_section({"test": {}, "migrate": {"command": ["migrate"]}})
    assert section.test == TestSection(service=None, target="test", command=None, reports="/reports")
    assert section.migrate == MigrateSection(service=None, command=["migrate"], revision=None)
    assert section.smoke == SmokeSection(
        **dict.fromkeys(CHECKS[:6]),
        resources=Limits(disk_free_percent=5, memory_available_percent=5, load_per_core=8),
        logs=Patterns(fail_on=FAIL_ON, ignore=()),
        skip=(),
        checks=(),
    )


@pytest.mark.parametrize(
    ("test", "asks_for_target", "commands"),
    [
        ({}, False, False),
        ({"command": ["pytest"]}, False, True),
        ({"target": None}, True, False),
        ({"target": "test"}, True, False),
        ({"suites": {"unit": {"command": ["a"]}, "smoke": {"command": ["b"]}}}, False, True),
        ({"suites": {"unit": {"command": ["a"]}, "smoke": {}}}, False, False),
    ],
)
def test_what_the_tests_leave_to_the_image(test: object, asks_for_target: bool, commands: bool) -> None:
    section = read_section({"test": test}).test
    assert section is not None
    assert (section.asks_for_target, section.commands) == (asks_for_target, commands)


@pytest.mark.parametrize(
    ("test", "key"),
    [
        ({"command": ["pytest"], "suites": {"unit": {"command": ["a"]}}}, "x-pipeline.test.suites"),
        ({"suites": {"Unit tests": {}}}, "x-pipeline.test.suites.Unit tests.[key]"),
        ({"suites": {"unit": {"command": []}}}, "x-pipeline.test.suites.unit.command"),
        ({"side_by_side": "perhaps"}, "x-pipeline.test.side_by_side"),
    ],
)
def test_suites_that_cannot_be(test: object, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_section({"test": test})
    assert caught.value.key == key


@pytest.mark.parametrize("check", CHECKS)
def test_every_smoke_check_may_be_skipped(check: str) -> None:
    assert read_section({"smoke": {"skip": [check]}}).smoke == SmokeSection(skip=(check,))
    assert read_section({"smoke": {check: False}}).smoke == SmokeSection(skip=(check,))


@pytest.mark.parametrize("check", CHECKS[1:6])
def test_true_asks_for_a_check_as_it_is(check: str) -> None:
    assert getattr(read_section({"smoke": {check: True}}).smoke, check) == Endpoint()


def test_true_and_a_path_ask_health_for_its_status() -> None:
    assert read_section({"smoke": {"health": True}}).smoke.health == Endpoint(json="status")
    assert read_section({"smoke": {"resources": True, "logs": True}}).smoke == SmokeSection()


@pytest.mark.parametrize(
    ("value", "key", "found", "allowed"),
    [
        ({"tests": {}}, "x-pipeline.tests", "not a key of this section", KEYS),
        ({"test": {"cmd": []}}, "x-pipeline.test.cmd", "not a key of this section", TEST_KEYS),
        (
            {"test": {"suites": {"unit": {"cmd": ["x"]}}}},
            "x-pipeline.test.suites.unit.cmd",
            "not a key of this section",
            SUITE_KEYS,
        ),
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
            "x-pipeline.smoke.health.path",
            "'health'",
            A_PLACE,
        ),
        (
            {"smoke": {"health": 200}},
            "x-pipeline.smoke.health",
            "200",
            f"true, false, {A_PLACE}, or a mapping of its keys",
        ),
        ({"smoke": {"logs": "/logs"}}, "x-pipeline.smoke.logs", "'/logs'", A_WORD),
        (
            {"smoke": {"stats": {"json_path": "a"}}},
            "x-pipeline.smoke.stats.json_path",
            "not a key of this section",
            ENDPOINT_KEYS,
        ),
        ({"smoke": {"stats": {"path": "http://"}}}, "x-pipeline.smoke.stats.path", "'http://'", A_PLACE),
        (
            {"smoke": {"stats": {"path": "http://a:x/"}}},
            "x-pipeline.smoke.stats.path",
            "'http://a:x/'",
            A_PLACE,
        ),
        (
            {"smoke": {"checks": [{"name": "a", "http": "ftp://me:secret@a/"}]}},
            "x-pipeline.smoke.checks.0.http",
            "'ftp://***@a/'",
            A_PLACE,
        ),
        ({"smoke": {"stats": {"json": "a..b"}}}, "x-pipeline.smoke.stats.json", "'a..b'", JSON_PATH),
        (
            {"smoke": {"stats": {"value": 1}}},
            "x-pipeline.smoke.stats",
            "{'value': 1}",
            "json beside value: the path to the value",
        ),
        (
            {"smoke": {"stats": {"json": "a", "value": [None]}}},
            "x-pipeline.smoke.stats.value.0",
            "None",
            "a text, a number, true or false",
        ),
        (
            {"smoke": {"stats": {"status": 99}}},
            "x-pipeline.smoke.stats.status.0",
            "99",
            "input should be greater than or equal to 100",
        ),
        (
            {"smoke": {"stats": {"within_ms": 0}}},
            "x-pipeline.smoke.stats.within_ms",
            "0",
            "input should be greater than or equal to 1",
        ),
        (
            {"smoke": {"resources": {"disk_free_percent": 100}}},
            "x-pipeline.smoke.resources.disk_free_percent",
            "100",
            "input should be less than 100",
        ),
        (
            {"smoke": {"logs": {"ignore": ["*"]}}},
            "x-pipeline.smoke.logs.ignore.0",
            "'*'",
            "a regular expression (nothing to repeat at position 0)",
        ),
        ({"smoke": {"checks": [{"name": "a"}]}}, "x-pipeline.smoke.checks.0", "{'name': 'a'}", ONE_WAY),
        (
            {"smoke": {"checks": [{"name": "a", "tcp": "queue"}]}},
            "x-pipeline.smoke.checks.0.tcp",
            "'queue'",
            "host:port, with a port from 1 to 65535",
        ),
        (
            {"smoke": {"checks": [{"name": "a", "tcp": "queue:1", "status": 200}]}},
            "x-pipeline.smoke.checks.0",
            "{'name': 'a', 'tcp': 'queue:1', 'status': 200}",
            "status, json and value beside http alone",
        ),
        (
            {"smoke": {"checks": [{"name": "a", "http": "/", "service": "app"}]}},
            "x-pipeline.smoke.checks.0",
            "{'name': 'a', 'http': '/', 'service': 'app'}",
            "service beside command alone",
        ),
        (
            {"smoke": {"checks": [{"name": "a\nb", "http": "/"}]}},
            "x-pipeline.smoke.checks.0.name",
            "'a\\nb'",
            "one line of 1 to 60 characters",
        ),
        (
            {"smoke": {"checks": [{"name": "logs", "http": "/"}]}},
            "x-pipeline.smoke.checks",
            "[{'name': 'logs', 'http': '/'}]",
            "checks of different names, none of them a built-in one's (logs is there twice)",
        ),
        ({"database": "none"}, "x-pipeline.database", "'none'", "input should be a valid boolean"),
        (
            {"database": False, "migrate": {"command": ["m"], "revision": "SELECT 1"}},
            "x-pipeline.migrate.revision",
            "'SELECT 1'",
            "none where x-pipeline.database is false",
        ),
        *(
            (
                {"migrate": {"command": ["m"], "revision": revision}},
                "x-pipeline.migrate.revision",
                repr(revision),
                "a query as text, or a command as a list of words",
            )
            for revision in ("", [], ["alembic", ""], ["alembic", 7], 7, {"command": ["alembic", "current"]})
        ),
        (
            {"migrate": {**DOWN, "down": ["m", "down"]}},
            "x-pipeline.migrate.down",
            "['m', 'down']",
            "a command with {revision}, which is replaced by the revision to go to",
        ),
        (
            {"migrate": {**DOWN, "down": []}},
            "x-pipeline.migrate.down",
            "[]",
            "list should have at least 1 item after validation, not 0",
        ),
        (
            {"migrate": {**DOWN, "revision": None}},
            "x-pipeline.migrate.down",
            "['m', 'to={revision}', '{revision}']",
            "migrate.down only beside migrate.revision, which tells whether it went well",
        ),
        (
            {"migrate": {**DOWN, "harmless": True}},
            "x-pipeline.migrate.harmless",
            "True",
            "migrate.down or migrate.harmless, but not both",
        ),
        (
            {"migrate": {"command": ["m"], "harmless": "yes"}},
            "x-pipeline.migrate.harmless",
            "'yes'",
            "input should be a valid boolean",
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


def test_what_a_release_declares_of_undoing_its_migrations() -> None:
    assert read_section({"migrate": {"command": ["m"]}}).undoing is None
    assert read_section({}).undoing is None
    assert read_section({"migrate": {"command": ["m"], "harmless": True}}).undoing is Undoing.HARMLESS
    down = read_section({"migrate": DOWN})
    assert down.undoing is Undoing.DOWN
    assert down.migrate is not None
    assert down.migrate.down_to("0007") == ["m", "to=0007", "0007"]
