"""Settings: what is refused, in which words, and that no secret is among them."""

import os
from datetime import UTC, datetime

import pytest

from pipeline.model.errors import ConfigurationError
from pipeline.model.recipients import ALLOWED
from pipeline.model.rotation import Policy
from pipeline.model.states import ExitCode
from pipeline.offsite import Place
from pipeline.reading import read
from pipeline.settings import BotSettings, JournalSettings, WorkerSettings
from pipeline.store.connect import Address

TOKEN = "123456789:" + "A" * 35
NEEDED = {
    "DB_PASSWORD": "correct horse",
    "GIT_URL": "https://example.org/team/app.git",
    "TELEGRAM_API_TOKEN": TOKEN,
    "MASTER_CHAT_ID": "42",
}
NAME = "lower-case letters, digits, '-', '_' and '.', at most 63"
NAMES = (
    "names with commas between them, each of lower-case letters, digits, '-', '_' and '.';"
    " they differ by more than '-', '_' and '.'"
)
URL = "a URL that starts with http:// or https://"
REPOSITORY = "a URL with https, http, ssh, git or file, user@host:path, or an absolute path"
BOT_TOKEN = "a bot token as BotFather gives it: digits, a colon, then 30 or more letters"
PROXY = "a proxy such as socks5://user:password@host:1080 or http://host:3128"
FREEZE = (
    "windows with ; between them, each a cron expression and how long it lasts, such as"
    " 0 18 * * fri for 62h; 0 0 24 dec * for 3d, or off"
)
QUIET = "two different times of the day, such as 22:00-07:00, or off"
CHAT = "the id of a chat: above 0 that of a person, below 0 that of a group"
PEOPLE = "numeric Telegram ids of people with commas between them, such as 1001,1002"
CODES = "base32 of at least 10 bytes: 16 or more of the letters A to Z and digits 2 to 7"
CRON = "a cron expression with five fields (minute, hour, day, month, weekday), such as 30 3 * * sun, or off"
ZONE = "a name of the IANA time zone database, such as UTC or Europe/Berlin"
GENERATIONS = "how many days, weeks and months, such as 7,4,12, each from 0 to 999"
PLACE = "rclone:REMOTE:PATH, rclone:/PATH or restic:REPOSITORY"
PATTERNS = "patterns of files with commas between them, such as docs/**,*.md, each with more than * ? and /"
WEBHOOK = "16 or more printable ASCII characters"
HIDDEN = "set to something else (not shown, it is a secret)"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Only what is needed is set, whatever the machine has."""
    for kind in (BotSettings, WorkerSettings):
        for field in kind.model_fields:
            monkeypatch.delenv(field.upper(), raising=False)
            monkeypatch.delenv(field, raising=False)
    for key, value in NEEDED.items():
        monkeypatch.setenv(key, value)
    return monkeypatch


def _refused(key: str) -> ConfigurationError:
    kind = BotSettings if key.lower() in BotSettings.model_fields else WorkerSettings
    with pytest.raises(ConfigurationError) as caught:
        read(kind)
    return caught.value


@pytest.mark.parametrize("key", NEEDED)
@pytest.mark.parametrize("value", [None, ""])
def test_what_has_no_default_must_be_set(
    environment: pytest.MonkeyPatch, key: str, value: str | None
) -> None:
    if value is None:
        environment.delenv(key)
    else:
        environment.setenv(key, value)
    error = _refused(key)
    assert error.exit_code is ExitCode.USAGE
    assert str(error) == (
        f"{key} is not set; allowed: a value; .env.vnext.example explains {key}."
        f" Nothing was started. Correct {key} and start again."
    )


@pytest.mark.parametrize(
    ("key", "value", "found", "allowed"),
    [
        ("DB_PORT", "0", "'0'", "a number from 1"),
        ("WEBHOOK_SECRET", "s" * 15, HIDDEN, WEBHOOK),
        ("GITHUB_TOKEN", "short", HIDDEN, "a token as GitHub gives it: 20 or more letters, digits, _ . -"),
        ("GITHUB_REPOSITORY", "app", "'app'", "OWNER/NAME of a repository at GitHub"),
        (
            "GITHUB_API_URL",
            "api.github.com",
            "'api.github.com'",
            "a URL such as https://api.github.com or https://github.example.org/api/v3",
        ),
        ("WEBHOOK_SECRET", "sécret" * 4, HIDDEN, WEBHOOK),
        ("DB_PORT", "65536", "'65536'", "a number up to 65535"),
        ("DB_PORT", "5432.5", "'5432.5'", "a whole number"),
        ("DB_PORT", "postgres", "'postgres'", "a whole number"),
        ("DB_NAME", "n" * 64, repr("n" * 64), "string should have at most 63 characters"),
        ("DB_USER", "n" * 64, repr("n" * 64), "string should have at most 63 characters"),
        ("PIPELINE_DB_NAME", "n" * 64, repr("n" * 64), "string should have at most 63 characters"),
        ("GIT_BRANCH", "-main", "'-main'", "the name of a branch as git accepts it"),
        ("GIT_BRANCH", "b" * 201, repr("b" * 201), "string should have at most 200 characters"),
        ("PROJECT_NAME", "Server Agent", "'Server Agent'", NAME),
        ("PROJECT_NAME", "-agent", "'-agent'", NAME),
        ("PROJECTS", "Shop", "'Shop'", NAMES),
        ("PROJECT_NAME", "agent\n", r"'agent\n'", NAME),
        ("COMPOSE_PROJECT_NAME", "Agent", "'Agent'", NAME),
        ("DEPLOYMENT_GROUP", "a group", "'a group'", NAME),
        ("GIT_URL", "ext::sh -c whoami", "ext::sh?-c?whoami", REPOSITORY),
        ("GIT_URL", "https://example.org", "https://example.org", REPOSITORY),
        ("TELEGRAM_API_URL", "api.telegram.org", "'api.telegram.org'", URL),
        ("TELEGRAM_API_URL", "ftp://example.org", "'ftp://example.org'", URL),
        ("API_URL", "app:8000", "'app:8000'", URL),
        ("MASTER_CHAT_ID", "0", "'0'", CHAT),
        ("TELEGRAM_CHAT_ID", "0", "'0'", CHAT),
        ("TELEGRAM_CHAT_ID", "@ops", "'@ops'", "a whole number"),
        ("RUNS_TOPIC", "0", "'0'", "a number above 0"),
        ("ALERTS_TOPIC", "-7", "'-7'", "a number above 0"),
        ("OWNERS", "@ada", "'@ada'", PEOPLE),
        ("OWNERS", "1001,", "'1001,'", PEOPLE),
        ("OWNERS", "1001,-1002", "'1001,-1002'", PEOPLE),
        ("VIEWERS", "1001;1002", "'1001;1002'", PEOPLE),
        ("TWO_PERSONS", "perhaps", "'perhaps'", "true or false"),
        ("MASTER_CHAT_ID", "@master", "'@master'", "a whole number"),
        ("GIT_POLL_SECONDS", "0", "'0'", "a number from 1"),
        ("GIT_POLL_SECONDS", "86401", "'86401'", "a number up to 86400"),
        ("GIT_POLL_JITTER", "-0.1", "'-0.1'", "a number from 0"),
        ("GIT_POLL_JITTER", "1.5", "'1.5'", "a number up to 1"),
        ("PUSH_MODE", "always", "'always'", "'prompt', 'auto' or 'off'"),
        ("AUTO_APPROVE_PATHS", ",", "','", PATTERNS),
        ("AUTO_APPROVE_PATHS", "docs/**,**", "'docs/**,**'", PATTERNS),
        ("AUTO_APPROVE_PATHS", "/docs/**", "'/docs/**'", PATTERNS),
        ("AUTO_APPROVE_PATHS", "docs/**", "'docs/**'", "nothing, unless PUSH_MODE is auto"),
        ("TIME_ZONE", "Mars/Olympus", "'Mars/Olympus'", ZONE),
        ("TIME_ZONE", "Europe", "'Europe'", ZONE),
        ("TIME_ZONE", "../etc/passwd", "'../etc/passwd'", ZONE),
        ("TIME_ZONE", "europe/berlin", "'europe/berlin'", f"{ZONE}; near to it: Europe/Berlin"),
        ("TIME_ZONE", "new york", "'new york'", f"{ZONE}; near to it: America/New_York"),
        ("TIME_ZONE", "Europe/Berln", "'Europe/Berln'", f"{ZONE}; near to it: Europe/Berlin, Europe/Dublin"),
        ("BACKUP_CRON", "nightly", "'nightly'", CRON),
        ("ROLLBACK_DRILL_CRON", "1 * *", "'1 * *'", CRON),
        ("DIGEST_CRON", "60 8 * * mon", "'60 8 * * mon'", CRON),
        ("DRILL_CRON", "weekly", "'weekly'", CRON),
        ("DRILL_CRON", "30 3 * * someday", "'30 3 * * someday'", CRON),
        ("DRILL_CRON", "0 0 31 2 *", "'0 0 31 2 *'", f"{CRON}, that comes at some time"),
        ("QUIET_HOURS", "22-7", "'22-7'", QUIET),
        ("QUIET_HOURS", "07:00-07:00", "'07:00-07:00'", QUIET),
        ("FREEZE", "0 18 * * fri", "'0 18 * * fri'", f"{FREEZE}; '0 18 * * fri' is none"),
        ("BOT_HTTP_PORT", "65536", "'65536'", "a number up to 65535"),
        ("DOCKER_IMAGE_BASE", "Agent", "'Agent'", "an image name such as server-agent-vnext"),
        ("DOCKER_IMAGE_BASE", "--rm", "'--rm'", "an image name such as server-agent-vnext"),
        ("COVERAGE_THRESHOLD", "-1", "'-1'", "a number from 0"),
        ("COVERAGE_THRESHOLD", "101", "'101'", "a number up to 100"),
        ("COVERAGE_THRESHOLD", "nan", "'nan'", "a number up to 100"),
        ("COVERAGE_THRESHOLD", "most", "'most'", "a number"),
        ("STARTUP_WAIT", "-0.1", "'-0.1'", "a number from 0"),
        ("STARTUP_WAIT", "3601", "'3601'", "a number up to 3600"),
        ("DEPLOYMENT_TIMEOUT", "0", "'0'", "a number above 0"),
        ("DEPLOYMENT_TIMEOUT", "inf", "'inf'", "a number up to 86400"),
        ("PROBATION_MINUTES", "-1", "'-1'", "a number from 0"),
        ("PROBATION_MINUTES", "241", "'241'", "a number up to 240"),
        ("APPROVAL_MINUTES", "0", "'0'", "a number above 0"),
        ("APPROVAL_MINUTES", "10081", "'10081'", "a number up to 10080"),
        ("SIDE_BY_SIDE", "maybe", "'maybe'", "true or false"),
        ("REHEARSE", "sometimes", "'sometimes'", "'new', 'always' or 'never'"),
        ("SMOKE_ATTEMPTS", "0", "'0'", "a number from 1"),
        ("SMOKE_ATTEMPTS", "101", "'101'", "a number up to 100"),
        ("SMOKE_ATTEMPTS", "2.5", "'2.5'", "a whole number"),
        ("SMOKE_DELAY", "-1", "'-1'", "a number from 0"),
        ("SMOKE_DELAY", "601", "'601'", "a number up to 600"),
        ("TEST_TIMEOUT", "soon", "'soon'", "a number"),
        ("BUILD_TIMEOUT", "0", "'0'", "a number above 0"),
        ("BACKUP_DAYS", "0", "'0'", "a number from 1"),
        ("BACKUP_DAYS", "3651", "'3651'", "a number up to 3650"),
        ("BACKUP_RECIPIENTS", "age1x", "'age1x', which is no key that age can encrypt for", ALLOWED),
        ("BACKUP_COUNT", "-1", "'-1'", "a number from 0"),
        ("BACKUP_COUNT", "10001", "'10001'", "a number up to 10000"),
        ("BACKUP_GFS", "7,4", "'7,4'", GENERATIONS),
        ("BACKUP_GFS", "7, 4, 12", "'7, 4, 12'", GENERATIONS),
        ("BACKUP_GFS", "7,4,1000", "'7,4,1000'", GENERATIONS),
        ("BACKUP_TO_CHAT", "perhaps", "'perhaps'", "true or false"),
        ("KEEP_RELEASES", "-1", "'-1'", "a number from 0"),
        ("KEEP_RELEASES", "1001", "'1001'", "a number up to 1000"),
        ("KEEP_RELEASES", "all", "'all'", "a whole number"),
        ("COVERAGE_NOT_BELOW_LIVE", "perhaps", "'perhaps'", "true or false"),
        ("LOG_DAYS", "0", "'0'", "a number from 1"),
        ("LOG_DAYS", "3651", "'3651'", "a number up to 3650"),
        ("COVERAGE_REPORTS", "0", "'0'", "a number from 1"),
        ("COVERAGE_REPORTS", "1001", "'1001'", "a number up to 1000"),
        ("DISK_ALERT_FREE", "-1", "'-1'", "a number from 0"),
        ("DISK_ALERT_FREE", "91", "'91'", "a number up to 90"),
        ("MEMORY_ALERT_AVAILABLE", "much", "'much'", "a number"),
        ("MEMORY_ALERT_AVAILABLE", "91", "'91'", "a number up to 90"),
        ("BACKUP_ALERT_HOURS", "1.5", "'1.5'", "a whole number"),
        ("BACKUP_ALERT_HOURS", "87601", "'87601'", "a number up to 87600"),
        ("PROVEN_ALERT_DAYS", "-1", "'-1'", "a number from 0"),
        ("PROVEN_ALERT_DAYS", "3651", "'3651'", "a number up to 3650"),
        ("EVENTS_DAYS", "0", "'0'", "a number from 1"),
        ("EVENTS_DAYS", "3651", "'3651'", "a number up to 3650"),
        ("EVENTS_DAYS", "1.5", "'1.5'", "a whole number"),
        ("BACKUP_TIMEOUT", "86401", "'86401'", "a number up to 86400"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    environment: pytest.MonkeyPatch, key: str, value: str, found: str, allowed: str
) -> None:
    environment.setenv(key, value)
    assert str(_refused(key)) == (
        f"{key} is {found}; allowed: {allowed}. Nothing was started. Correct {key} and start again."
    )


@pytest.mark.parametrize(
    ("key", "value", "secret", "found", "allowed"),
    [
        ("TELEGRAM_API_TOKEN", "12345:hunter2", "hunter2", HIDDEN, BOT_TOKEN),
        ("TELEGRAM_API_TOKEN", f"{TOKEN}\n", TOKEN, HIDDEN, BOT_TOKEN),
        ("TELEGRAM_PROXY", "me:hunter2@proxy:1080", "hunter2", HIDDEN, PROXY),
        ("TELEGRAM_PROXY", "ftp://me:hunter2@proxy:1080", "hunter2", HIDDEN, PROXY),
        ("TOTP_SECRET", "JBSWY3DPEHPK3PX", "JBSWY3DPEHPK3PX", HIDDEN, CODES),
        ("TOTP_SECRET", "JBSWY3DPEHPK3PX1", "JBSWY3DPEHPK3PX1", HIDDEN, CODES),
        ("OFFSITE", "b2:bucket", "bucket", HIDDEN, PLACE),
        ("OFFSITE", "restic: hunter2", "hunter2", HIDDEN, PLACE),
        ("OFFSITE", "rclone:backups", "backups", HIDDEN, PLACE),
        ("OFFSITE", "rsync://me:hunter2@example.org/a", "hunter2", HIDDEN, PLACE),
        ("GIT_URL", "https://me:hunter2@example.org", "hunter2", "https://example.org", REPOSITORY),
        ("GIT_URL", "ssh://git:hunter2@example.org/a", "hunter2", "ssh://git@example.org/a", REPOSITORY),
    ],
)
def test_a_wrong_secret_is_refused_unseen(
    environment: pytest.MonkeyPatch, key: str, value: str, secret: str, found: str, allowed: str
) -> None:
    environment.setenv(key, value)
    error = _refused(key)
    assert (error.key, error.found, error.allowed) == (key, found, allowed)
    assert secret not in str(error)
    assert error.__cause__ is None


def test_every_setting_has_a_case_above() -> None:
    """A setting that is added is to be refused somewhere, unless every text is right for it."""
    marks = [
        *test_a_wrong_value_is_named_with_what_is_allowed.pytestmark,
        *test_a_wrong_secret_is_refused_unseen.pytestmark,
    ]
    refused = {case[0] for mark in marks for case in mark.args[1]}
    known = {field.upper() for kind in (BotSettings, WorkerSettings) for field in kind.model_fields}
    anything = {"BACKUP_IDENTITY", "DB_HOST", "DB_PASSWORD", "DOCKER_COMPOSE_FILE", "STATE_DIR"}
    assert known - refused == anything


def test_the_defaults() -> None:
    worker = read(WorkerSettings)
    shown = {key: str(value) for key, value in worker.model_dump().items()}
    assert shown == {
        "db_host": "postgres",
        "db_port": "5432",
        "db_name": "server_agent",
        "db_user": "agent",
        "db_password": "**********",
        "pipeline_db_name": "pipeline",
        "project_name": "server-agent-vnext",
        "projects": "None",
        "time_zone": "UTC",
        "git_url": "https://example.org/team/app.git",
        "git_branch": "main",
        "freeze": "off",
        "disk_alert_free": "10.0",
        "memory_alert_available": "5.0",
        "backup_alert_hours": "36",
        "proven_alert_days": "14",
        "docker_image_base": "server-agent-vnext",
        "docker_compose_file": "docker-compose-vnext.yml",
        "compose_project_name": "server-agent-vnext",
        "deployment_group": "agent",
        "api_url": "http://app:8000",
        "coverage_threshold": "70.0",
        "coverage_not_below_live": "False",
        "startup_wait": "10.0",
        "deployment_timeout": "300.0",
        "approval_minutes": "30.0",
        "probation_minutes": "10.0",
        "side_by_side": "True",
        "rehearse": "new",
        "smoke_attempts": "5",
        "smoke_delay": "2.0",
        "test_timeout": "1800.0",
        "build_timeout": "1800.0",
        "backup_timeout": "3600.0",
        "backup_days": "30",
        "backup_recipients": "None",
        "backup_identity": "None",
        "backup_count": "0",
        "backup_gfs": "0,0,0",
        "offsite": "None",
        "backup_to_chat": "False",
        "keep_releases": "5",
        "events_days": "90",
        "log_days": "30",
        "coverage_reports": "7",
        "state_dir": "/var/lib/vnext",
    }
    bot = read(BotSettings)
    assert (bot.telegram_api_url, bot.telegram_proxy) == ("https://api.telegram.org", None)
    assert (bot.git_poll_seconds, bot.bot_http_port, bot.master_chat_id) == (60, 8080, 42)
    assert list(bot.schedules.values()) == ["30 2 * * *", "30 3 * * sun", "0 4 1 * *", "0 8 * * mon"]
    assert bot.quiet_hours == "off"
    assert not bot.quiet.holds(datetime(2026, 1, 1, tzinfo=UTC))
    assert bot.telegram_api_token.get_secret_value() == TOKEN


def test_empty_means_default_and_urls_lose_their_last_slash(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DB_PORT", "")
    environment.setenv("API_URL", "http://app:8000/")
    environment.setenv("SIDE_BY_SIDE", "no")
    settings = read(WorkerSettings)
    assert (settings.db_port, settings.api_url, settings.side_by_side) == (5432, "http://app:8000", False)


def test_retention_is_put_together(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BACKUP_DAYS", "3")
    environment.setenv("BACKUP_COUNT", "10")
    environment.setenv("BACKUP_GFS", "7,04,12")
    assert read(WorkerSettings).retention == Policy(days=3, count=10, daily=7, weekly=4, monthly=12)


def test_where_backups_are_copied_to(environment: pytest.MonkeyPatch) -> None:
    assert read(WorkerSettings).copies_to is None
    environment.setenv("OFFSITE", "restic:rest:https://me:hunter22@example.org/vnext")
    settings = read(WorkerSettings)
    assert settings.copies_to == Place(tool="restic", where="rest:https://me:hunter22@example.org/vnext")
    assert "hunter22" in settings.secrets
    assert "hunter22" not in repr(settings) + repr(settings.copies_to)


def test_no_secret_is_in_what_is_printed() -> None:
    for settings in (read(BotSettings), read(WorkerSettings)):
        for text in (repr(settings), str(settings), repr(settings.journal), settings.model_dump_json()):
            assert "correct horse" not in text
            assert TOKEN not in text


def test_the_journal_and_the_application_are_two_databases_of_one_server() -> None:
    settings = read(JournalSettings)
    server = {"host": "postgres", "port": 5432, "user": "agent", "password": "correct horse"}
    assert settings.journal == Address(database="pipeline", **server)
    assert settings.application == Address(database="server_agent", **server)
    assert repr(settings.journal) == "agent@postgres:5432/pipeline"


def test_a_name_in_lower_case_is_heard_too(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("git_branch", "stable")
    assert read(JournalSettings).git_branch == "stable"
    assert "GIT_BRANCH" not in os.environ


AGE = "age1gfjwpmxyj45y3lcsg4t6fpaway0ye9k6kxxvplm9xsnp350mfutqyg8809"


def test_backups_are_encrypted_for_those_who_are_named(environment: pytest.MonkeyPatch) -> None:
    assert read(WorkerSettings).recipients == ()
    environment.setenv("BACKUP_RECIPIENTS", f" {AGE},{AGE} ")
    assert read(WorkerSettings).recipients == (AGE,)


def test_a_wrong_recipient_is_named_and_a_private_key_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("BACKUP_RECIPIENTS", f"{AGE},{AGE[:-1]}q")
    assert _refused("BACKUP_RECIPIENTS").what == (
        f"BACKUP_RECIPIENTS is '{AGE[:-1]}q', which is no key that age can encrypt for; allowed: {ALLOWED}."
    )
    environment.setenv("BACKUP_RECIPIENTS", f"{AGE},AGE-SECRET-KEY-1HIDDEN")
    assert _refused("BACKUP_RECIPIENTS").what == (
        f"BACKUP_RECIPIENTS is a private key (not shown), which belongs in no setting; allowed: {ALLOWED}."
    )


def test_master_is_an_owner_and_whoever_is_named_twice_too(environment: pytest.MonkeyPatch) -> None:
    alone = read(BotSettings)
    assert (alone.owner_ids, alone.viewer_ids, alone.home_chat_id) == ({42}, set(), 42)
    environment.setenv("OWNERS", "1001, 42")
    environment.setenv("VIEWERS", "1001,7")
    environment.setenv("TELEGRAM_CHAT_ID", "-100123")
    team = read(BotSettings)
    assert (team.owner_ids, team.viewer_ids, team.home_chat_id) == ({42, 1001}, {7}, -100123)


def test_somebody_has_to_decide_and_two_persons_are_two(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MASTER_CHAT_ID", "-100123")
    error = _refused("OWNERS")
    assert error.what == (
        "OWNERS is not set while MASTER_CHAT_ID is a group's; allowed: the id of at least one person."
    )
    environment.setenv("OWNERS", "7")
    assert (read(BotSettings).owner_ids, read(BotSettings).home_chat_id) == ({7}, -100123)
    environment.setenv("TWO_PERSONS", "true")
    assert _refused("TWO_PERSONS").what == (
        "TWO_PERSONS is true with one owner; allowed: true with at least two owners (OWNERS), or false."
    )
    environment.setenv("OWNERS", "7,8")
    assert read(BotSettings).two_persons


def test_the_secret_of_codes_is_one_of_the_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TOTP_SECRET", "jbsw y3dp ehpk 3pxp")
    settings = read(BotSettings)
    assert settings.code_secret == "JBSWY3DPEHPK3PXP"
    assert "jbsw y3dp ehpk 3pxp" in settings.secrets
    assert "JBSW" not in repr(settings).upper()


def test_which_approvals_a_setting_gives(environment: pytest.MonkeyPatch) -> None:
    assert read(BotSettings).waived_paths == ()
    environment.setenv("PUSH_MODE", "auto")
    environment.setenv("AUTO_APPROVE_PATHS", " docs/**, *.md ,")
    assert read(BotSettings).waived_paths == ("docs/**", "*.md")


def test_the_repository_at_github(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GITHUB_REPOSITORY", "team/app")
    assert read(BotSettings).github("/srv/git/app.git") is None
    environment.setenv("GITHUB_TOKEN", "ghp_" + "a" * 36)
    assert read(BotSettings).github("/srv/git/app.git") is not None
    environment.delenv("GITHUB_REPOSITORY")
    assert read(BotSettings).github("git@github.com:team/app.git") is not None
    with pytest.raises(ConfigurationError) as caught:
        read(BotSettings).github("https://user:hidden@example.org/app.git")
    assert str(caught.value) == (
        "GITHUB_REPOSITORY is not set, and GIT_URL (https://example.org/app.git) is no repository of"
        " https://api.github.com; allowed: OWNER/NAME of the repository at GitHub, or no GITHUB_TOKEN."
        " Nothing was started. Correct GITHUB_REPOSITORY and start again."
    )
