import logging

from pipeline.logs import Redacting
from pipeline.redact import redactor


def test_what_libraries_log_has_no_secrets_in_it() -> None:
    error = ValueError("bad answer from https://me:hunter2%2F@example.org")
    record = logging.LogRecord(
        "lib", logging.WARNING, "", 0, "for %s", ("hunter2/",), (ValueError, error, None)
    )
    shown = Redacting(redactor(["hunter2/"])).format(record)
    assert shown == "lib: for ***\nValueError: bad answer from https://me:***@example.org"
