from xml.etree.ElementTree import ParseError

import pytest

from pipeline.report.junit import Suite, read_coverage, read_junit

NESTED = """<?xml version="1.0" encoding="utf-8"?>
<testsuites>
  <testsuite name="outer">
    <testcase classname="tests.test_a" name="test_good"/>
    <testsuite name="inner">
      <testcase classname="tests.test_b" name="test_bad"><failure message="1 != 2">…</failure></testcase>
      <testcase classname="tests.test_b" name="test_broken[ü]"><error message="boom"/></testcase>
      <testcase classname="tests.test_b" name="test_skipped"><skipped/></testcase>
    </testsuite>
  </testsuite>
  <testsuite name="other"><testcase name="nameless class"><failure/></testcase></testsuite>
</testsuites>
"""


def test_cases_below_any_nesting_of_suites() -> None:
    assert read_junit(NESTED.encode()) == Suite(
        tests=5,
        failures=["tests.test_b::test_bad", "tests.test_b::test_broken[ü]", "nameless class"],
    )


def test_one_suite_alone() -> None:
    assert read_junit(b'<testsuite><testcase classname="a" name="b"/></testsuite>') == Suite(1, [])
    assert read_junit(b"<testsuites/>") == Suite(0, [])


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuites>&b;</testsuites>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{ENTITIES}'.encode(encoding)
    for read in (read_junit, read_coverage):
        with pytest.raises(ValueError, match="it declares entities, which is refused"):
            read(data)


@pytest.mark.parametrize("data", [b"", b"<testsuites>", b"not XML at all"])
def test_half_a_report_is_no_report(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_junit(data)


@pytest.mark.parametrize(
    ("attributes", "percent"),
    [
        ('lines-valid="100" lines-covered="90" branches-valid="0" branches-covered="0"', 90.0),
        ('lines-valid="80" lines-covered="80" branches-valid="20" branches-covered="0"', 80.0),
        ('lines-valid="3" lines-covered="2"', 66.6),
        ('lines-valid="1000" lines-covered="1000" line-rate="0.5"', 100.0),
        ('line-rate="0.8351"', 83.5),
        ('line-rate="0.285"', 28.5),
        ("", 0.0),
    ],
)
def test_coverage_counts_lines_and_branches_together(attributes: str, percent: float) -> None:
    assert read_coverage(f"<coverage {attributes}/>".encode()) == percent


def test_a_share_is_never_rounded_up_over_a_threshold() -> None:
    assert read_coverage(b'<coverage lines-valid="10000" lines-covered="6996"/>') < 70
    assert read_coverage(b'<coverage line-rate="0.6999"/>') < 70


def test_a_figure_that_is_none() -> None:
    with pytest.raises(ValueError, match="many"):
        read_coverage(b'<coverage lines-valid="many"/>')
