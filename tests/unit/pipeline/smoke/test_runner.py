from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.model.checks import CHECKS, ENTRIES, OwnCheck, SmokeSection
from pipeline.model.errors import PipelineError
from pipeline.probe import Answer, Connected, Resources, Unreachable
from pipeline.smoke import Ran, SmokeConfig, SmokeReport, Ways, smoke

HEALTH = {"status": "ok", "checks": {name: {"status": "ok"} for name in ENTRIES}}
STATS = {"uptime_seconds": 1, "token_budget": {"used": 0, "limit": 10}}
AUTO = [*ENTRIES, "stats"]


class Application:
    """Answers well, but for `broken` paths, each so many times; `pages` are what it has, by path."""

    def __init__(self, pages: dict[str, object] | None = None, **broken: int) -> None:
        self.pages = {"/health": HEALTH, "/stats": STATS} if pages is None else pages
        self.broken = broken
        self.asked: list[str] = []
        self.waits: list[float] = []
        self.log: list[str] = ["started"]
        self.log_reads = 0

    async def get(self, url: str, seconds: float) -> Answer | Unreachable:
        self.asked.append(url)
        self.waits.append(seconds)
        path = url.removeprefix("http://app:8000")
        if self.broken.get(path.strip("/"), 0) > 0:
            self.broken[path.strip("/")] -= 1
            return Unreachable("connection failed (refused)")
        if path not in self.pages:
            return Answer(404, None, "Not Found", 1)
        return Answer(200, self.pages[path], "", 1)

    async def connect(self, host: str, port: int, seconds: float) -> Connected | Unreachable:
        self.asked.append(f"{host}:{port}")
        self.waits.append(seconds)
        return Connected(1)

    async def execute(self, check: OwnCheck) -> Ran:
        self.asked.append(" ".join(check.command or ()))
        if self.broken.get(check.name, 0) > 0:
            self.broken[check.name] -= 1
            raise PipelineError("No container of app runs.", advice="See why it is not up.")
        return Ran(0, 2, "")

    async def logs(self) -> Sequence[str]:
        self.log_reads += 1
        self.asked.append("logs")
        if self.broken.get("logs", 0) > 0:
            raise PipelineError("Docker did not answer.", advice="Start it.")
        return self.log


class Clock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def config(section: dict[str, Any] | None = None, **changes: Any) -> SmokeConfig:
    return SmokeConfig(section=SmokeSection.model_validate(section or {}), **changes)


async def check(
    app: Application,
    config: SmokeConfig | None = None,
    clock: Clock | None = None,
    told: list[str] | None = None,
) -> SmokeReport:
    return await smoke(
        config or SmokeConfig(),
        "http://app:8000/",
        app.logs,
        Ways(get=app.get, connect=app.connect, execute=app.execute),
        sleep=(clock or Clock()).sleep,
        on_progress=None if told is None else told.append,
        resources=lambda: Resources(0.5, 0.5, 0.5),
    )


def figures(report: SmokeReport, figure: str) -> list[str]:
    return [result.name for result in report.results if result.figure == figure]


async def test_all_well_at_once() -> None:
    app, clock, told = Application(), Clock(), list[str]()
    report = await check(app, clock=clock, told=told)
    assert report.ok
    assert report.attempts == 1
    assert tuple(result.name for result in report.results) == CHECKS
    assert app.asked == ["http://app:8000/health", "http://app:8000/stats", "logs"]
    assert clock.slept == []
    assert told == ["round 1 of 5 · all is well"]


async def test_only_what_failed_is_asked_again() -> None:
    app, clock, told = Application(stats=2), Clock(), list[str]()
    report = await check(app, clock=clock, told=told)
    assert report.ok
    assert report.attempts == 3
    assert app.asked == [
        *("http://app:8000/health", "http://app:8000/stats", "logs"),
        *["http://app:8000/stats"] * 2,
    ]
    assert app.log_reads == 1
    assert clock.slept == [2.0, 2.0]
    assert told == [
        "round 1 of 5 · failing: stats",
        "round 2 of 5 · failing: stats",
        "round 3 of 5 · all is well",
    ]


async def test_it_gives_up() -> None:
    app, clock = Application(health=99), Clock()
    report = await check(app, SmokeConfig(attempts=3, delay=0.5), clock)
    assert not report.ok
    assert report.attempts == 3
    assert [result.name for result in report.failed] == ["health", *ENTRIES]
    assert clock.slept == [0.5, 0.5]
    assert app.asked.count("http://app:8000/health") == 3


async def test_error_lines_fail_the_release() -> None:
    app = Application()
    app.log.append("ERROR no such table")
    report = await check(app, SmokeConfig(attempts=1))
    assert [(result.name, result.detail) for result in report.failed] == [("logs", "ERROR no such table")]


async def test_unreadable_logs_fail_and_say_why() -> None:
    report = await check(Application(logs=1), SmokeConfig(attempts=1))
    assert [result.detail for result in report.failed] == [
        "The logs could not be read: Docker did not answer."
    ]


async def test_skipped_checks_are_not_made_but_said() -> None:
    app = Application(health=99, stats=99)
    skipped = [name for name in CHECKS if name != "resources"]
    report = await check(app, config({"skip": skipped}))
    assert report.ok
    assert app.asked == []
    assert app.log_reads == 0
    assert figures(report, "skipped") == skipped


async def test_a_check_that_is_false_is_skipped() -> None:
    app = Application(health=99)
    report = await check(app, config(dict.fromkeys(CHECKS, False)))
    assert (report.ok, report.attempts, app.asked) == (True, 0, [])
    assert figures(report, "skipped") == list(CHECKS)


async def test_what_is_left_out_for_now_is_said() -> None:
    report = await check(Application(), config(without=frozenset({"resources"})))
    assert figures(report, "skipped") == ["resources"]
    assert report.ok


async def test_what_nobody_asked_for_and_is_not_there_is_not_offered() -> None:
    app = Application({"/": None})
    report = await check(app)
    assert (report.ok, report.attempts) == (True, 1)
    assert figures(report, "not offered") == AUTO
    assert [result.name for result in report.results if result.judged] == ["health", "resources", "logs"]
    assert app.asked == [f"http://app:8000/{path}" for path in ("health", "", "stats")] + ["logs"]


async def test_what_is_asked_for_must_be_there() -> None:
    report = await check(Application({"/": None}), config(dict.fromkeys(CHECKS, True), attempts=1))
    assert [result.name for result in report.failed] == ["health", *AUTO]


async def test_what_is_offered_counts() -> None:
    pages = {"/health": {"status": "ok", "checks": {"database": "error"}}, "/stats": {"uptime_seconds": 1}}
    report = await check(Application(pages), config(attempts=1))
    assert [result.name for result in report.failed] == ["database", "stats"]
    assert figures(report, "not offered") == ["telegram", "reactive_worker", "proactive_scheduler"]


async def test_while_the_application_is_not_well_nothing_counts_as_not_offered() -> None:
    app = Application({"/health": {"status": "starting"}})

    class Growing(Clock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            app.pages = {"/health": {"status": "ok", "checks": {"database": "error"}}, "/stats": STATS}

    report = await check(app, config(attempts=2), Growing())
    assert [result.name for result in report.failed] == ["database"]
    assert figures(report, "not offered") == ["telegram", "reactive_worker", "proactive_scheduler"]


async def test_where_health_is_left_out_http_is_not_asked_for_what_nobody_spoke_of() -> None:
    app = Application()
    report = await check(app, config({"health": False}))
    assert (report.ok, app.asked) == (True, ["logs"])
    assert figures(report, "not offered") == AUTO


async def test_each_check_may_be_pointed_elsewhere() -> None:
    pages = {"/up": {"status": "ok"}, "/db": {"alive": True}, "/numbers": {"queue": [{"waiting": 0}]}}
    app = Application(pages)
    section = {
        "health": "/up",
        "database": {"path": "/db", "json": "alive", "value": True},
        "telegram": {"json": "status"},
        "stats": {"path": "http://other/stats", "within_ms": 60_000},
    }
    report = await check(app, config(section, attempts=1))
    assert [result.name for result in report.failed] == ["stats"]
    assert app.asked == ["http://app:8000/up", "http://app:8000/db", "http://other/stats", "logs"]
    assert app.waits == [5.0, 5.0, 60.0]


OWN = [
    {"name": "front page", "http": "/", "within_ms": 5},
    {"name": "queue", "tcp": "[::1]:6379"},
    {"name": "disk", "command": ["df", "-h"], "service": "app"},
]


async def test_own_checks_are_made_before_the_logs_are_read() -> None:
    app = Application({"/": None})
    report = await check(app, config({"health": False, "checks": OWN}))
    assert report.ok
    assert [result.name for result in report.results] == [*CHECKS, "front page", "queue", "disk"]
    assert app.asked == ["http://app:8000/", "::1:6379", "df -h", "logs"]


async def test_own_checks_are_asked_again_where_they_fail() -> None:
    app, told = Application({"/": None}, disk=1), list[str]()
    report = await check(app, config({"health": False, "checks": OWN}), told=told)
    assert (report.ok, report.attempts) == (True, 2)
    assert app.asked[4:] == ["df -h"]
    assert told == ["round 1 of 5 · failing: disk", "round 2 of 5 · all is well"]


async def test_a_command_that_cannot_be_run_fails_and_says_why() -> None:
    report = await check(Application(disk=1), config({"checks": OWN[2:]}, attempts=1))
    assert [(result.figure, result.detail) for result in report.failed] == [
        ("not run", "No container of app runs. See why it is not up.")
    ]


async def test_an_address_with_a_password_is_called_by_its_name() -> None:
    own = {"name": "search", "http": "https://me:secret@search.example.org/ready"}
    report = await check(Application(), config({"checks": [own]}, attempts=1))
    assert [(result.figure, result.detail) for result in report.failed] == [
        ("404 in 1 ms", '"search" answered 404: Not Found.')
    ]


WHOLE = "https://shop.example.org/up"


@pytest.mark.parametrize(
    ("section", "asks"),
    [
        ({}, True),
        ({"health": False}, False),
        ({"skip": ["health", "stats"]}, False),
        ({"health": False, "stats": True}, True),
        ({"health": False, "stats": WHOLE}, False),
        ({"health": WHOLE}, True),
        ({"health": WHOLE, "stats": False}, False),
        ({"health": WHOLE, "stats": False, "database": True}, False),
        ({"health": WHOLE, "stats": False, "database": "/database"}, True),
        ({"health": False, "database": True}, True),
        ({"health": False, "database": WHOLE}, False),
        ({"health": False, "checks": [{"name": "page", "http": "/page"}]}, True),
        ({"health": False, "checks": [{"name": "page", "http": WHOLE}, {"name": "b", "tcp": "b:1"}]}, False),
    ],
)
async def test_whether_api_url_is_asked_is_known_beforehand(section: dict[str, Any], asks: bool) -> None:
    app, wanted = Application(), config(section)
    await check(app, wanted)
    assert any(asked.startswith("http://app:8000/") for asked in app.asked) is asks
    assert wanted.section.asks_api_url is asks
