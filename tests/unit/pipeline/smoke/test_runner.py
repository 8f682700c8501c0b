from collections.abc import Sequence

from pipeline.model.errors import PipelineError
from pipeline.probe import Answer, Resources, Unreachable
from pipeline.smoke import CHECKS, SmokeConfig, SmokeReport, smoke
from pipeline.smoke.config import ENTRIES

HEALTH = {"status": "ok", "checks": {name: {"status": "ok"} for name in ENTRIES}}
STATS = {"uptime_seconds": 1, "token_budget": {"used": 0, "limit": 10}}


class Application:
    """Answers well, but for `broken` paths, each so many times."""

    def __init__(self, **broken: int) -> None:
        self.broken = broken
        self.asked: list[str] = []
        self.log: list[str] = ["started"]
        self.log_reads = 0

    async def get(self, url: str) -> Answer | Unreachable:
        self.asked.append(url)
        path = url.rpartition("/")[2]
        if self.broken.get(path, 0) > 0:
            self.broken[path] -= 1
            return Unreachable("connection failed (refused)")
        return Answer(200, HEALTH if path == "health" else STATS, "", 1)

    async def logs(self) -> Sequence[str]:
        self.log_reads += 1
        if self.broken.get("logs", 0) > 0:
            raise PipelineError("Docker did not answer.", advice="Start it.")
        return self.log


class Clock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


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
        sleep=(clock or Clock()).sleep,
        on_progress=None if told is None else told.append,
        get=app.get,
        resources=lambda: Resources(0.5, 0.5, 0.5),
    )


async def test_all_well_at_once() -> None:
    app, clock, told = Application(), Clock(), list[str]()
    report = await check(app, clock=clock, told=told)
    assert report.ok
    assert report.attempts == 1
    assert tuple(result.name for result in report.results) == CHECKS
    assert app.asked == ["http://app:8000/health", "http://app:8000/stats"]
    assert clock.slept == []
    assert told == ["Round 1 of 5: all is well"]


async def test_only_what_failed_is_asked_again() -> None:
    app, clock, told = Application(stats=2), Clock(), list[str]()
    report = await check(app, clock=clock, told=told)
    assert report.ok
    assert report.attempts == 3
    assert app.asked == ["http://app:8000/health", *["http://app:8000/stats"] * 3]
    assert app.log_reads == 1
    assert clock.slept == [2.0, 2.0]
    assert told == [
        "Round 1 of 5: failing: stats",
        "Round 2 of 5: failing: stats",
        "Round 3 of 5: all is well",
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
    config = SmokeConfig(skip=frozenset(CHECKS) - {"resources"})
    report = await check(app, config)
    assert report.ok
    assert app.asked == []
    assert app.log_reads == 0
    assert [result.figure for result in report.results if result.name != "resources"] == ["skipped"] * 7


async def test_everything_skipped_takes_no_round() -> None:
    report = await check(Application(), SmokeConfig(skip=frozenset(CHECKS)))
    assert (report.ok, report.attempts) == (True, 0)
