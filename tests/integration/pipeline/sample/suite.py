"""A test suite without dependencies: writes the reports that pytest would."""

import pathlib
import sys

FAILS = False
COVERED = 90

reports = pathlib.Path("/reports")
reports.mkdir(exist_ok=True)
failure = '<failure message="no">no</failure>' if FAILS else ""
case = f'<testcase classname="suite" name="test_answer">{failure}</testcase>'
(reports / "junit.xml").write_text(
    f'<testsuites><testsuite><testcase classname="suite" name="test_one"/>{case}</testsuite></testsuites>'
)
(reports / "coverage.xml").write_text(
    f'<coverage lines-valid="100" lines-covered="{COVERED}" branches-valid="0" branches-covered="0"/>'
)
print("test_answer failed: expected 42" if FAILS else "2 passed")
sys.exit(1 if FAILS else 0)
