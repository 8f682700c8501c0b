from xml.etree.ElementTree import ParseError

import pytest

from pipeline.report.coverage import combined, read_coverage
from pipeline.report.junit import Failed, Suite, merged, read_junit

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
        failures=[
            Failed("tests.test_b::test_bad", "1 != 2"),
            Failed("tests.test_b::test_broken[ü]", "boom"),
            Failed("nameless class"),
        ],
        skipped=1,
    )


def test_several_suites_are_one_and_names_tell_whose_a_failure_is() -> None:
    unit, smoke = Suite(tests=3, skipped=1), Suite(tests=2, failures=[Failed("a::b", "text")])
    assert merged([("unit", unit), ("smoke", smoke)]) == Suite(
        tests=5, failures=[Failed("smoke: a::b", "text")], skipped=1
    )
    assert merged([("", smoke)]) == smoke
    assert merged([]) == Suite(tests=0)


def test_one_suite_alone() -> None:
    assert read_junit(b'<testsuite><testcase classname="a" name="b"/></testsuite>') == Suite(tests=1)
    assert read_junit(b"<testsuites/>") == Suite(tests=0)


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
    assert read_coverage(f"<coverage {attributes}/>".encode()).total == percent


def test_a_share_is_never_rounded_up_over_a_threshold() -> None:
    assert read_coverage(b'<coverage lines-valid="10000" lines-covered="6996"/>').total < 70
    assert read_coverage(b'<coverage line-rate="0.6999"/>').total < 70


def test_a_figure_that_is_none() -> None:
    with pytest.raises(ValueError, match="many"):
        read_coverage(b'<coverage lines-valid="many"/>')


def cobertura(**files: str) -> bytes:
    """Each file's lines as `hits` or `hits:taken/branches`."""
    classes = ""
    for name, lines in files.items():
        found = ""
        for number, line in enumerate(lines.split(), 1):
            hits, _, branches = line.partition(":")
            condition = f' branch="true" condition-coverage="x% ({branches})"' if branches else ""
            found += f'<line number="{number}" hits="{hits}"{condition}/>'
        classes += f'<class filename="{name}.py"><methods/><lines>{found}</lines></class>'
    return f'<coverage lines-valid="1" lines-covered="1"><packages>{classes}</packages></coverage>'.encode()


@pytest.mark.parametrize(
    ("reports", "percent"),
    [
        ([], None),
        ([cobertura(a="0 0 0 1")], 100.0),  # one alone: what it says itself
        ([cobertura(a="1 0 0 0"), cobertura(a="0 1 0 0")], 50.0),
        ([cobertura(a="1 1"), cobertura(a="1 1")], 100.0),
        ([cobertura(a="1 1"), cobertura(b="0 0")], 50.0),
        ([cobertura(a="1:1/2 1"), cobertura(a="1:1/2 1")], 75.0),  # perhaps the same branch
        ([cobertura(a="1:2/2 0"), cobertura(a="0:0/2 1")], 100.0),
        ([cobertura(a="1 1"), b'<coverage line-rate="0.5"/>'], 100.0),
        ([b'<coverage line-rate="0.4"/>', b'<coverage line-rate="0.5"/>'], 50.0),
    ],
)
def test_coverage_of_several_suites(reports: list[bytes], percent: float | None) -> None:
    assert combined([read_coverage(report) for report in reports]) == percent
