"""A test suite without dependencies: writes the reports that pytest would."""

import pathlib
import time

import knobs

time.sleep(knobs.SUITE_SECONDS)
reports = pathlib.Path("/reports")
reports.mkdir(exist_ok=True)
case = '<testcase classname="suite" name="test_answer"/>'
(reports / "junit.xml").write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")
counts = 'lines-valid="100" lines-covered="90" branches-valid="0" branches-covered="0"'
(reports / "coverage.xml").write_text(f"<coverage {counts}/>")
print("1 passed")
