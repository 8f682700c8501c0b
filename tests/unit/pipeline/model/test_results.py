import pytest

from pipeline.model.results import Tested, from_json, to_json
from pipeline.model.states import StageName
from tests.unit.pipeline.samples import RESULTS


def test_there_is_a_sample_of_each_stage() -> None:
    assert list(RESULTS) == list(StageName)


@pytest.mark.parametrize("stage", StageName)
def test_each_result_comes_back_from_the_journal_as_it_was(stage: StageName) -> None:
    result = RESULTS[stage]
    back = from_json(stage, to_json(result))
    assert back == result
    assert type(back) is type(result)


def test_a_result_of_an_older_version_is_read_with_todays_defaults() -> None:
    assert from_json(StageName.TEST, '{"ran": false, "tests": 0}') == Tested(ran=False, tests=0)


def test_a_result_of_a_newer_version_is_read_without_what_is_unknown() -> None:
    text = '{"ran": true, "tests": 3, "coverage": 71.0, "threshold": 70.0, "flaky": 1}'
    assert from_json(StageName.TEST, text) == Tested(ran=True, tests=3, coverage=71.0, threshold=70.0)
