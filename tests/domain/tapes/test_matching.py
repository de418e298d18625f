"""Which recorded call answers, in both ways of matching."""

from collections.abc import Collection

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tapes.calls import Difference, RecordedCall
from assistants_app.domain.tapes.matching import Hit, Miss, find_call
from assistants_app.domain.tapes.policy import IN_ORDER, MOCK, STRICT, TAPE, Policy, read_policy
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from tests.domain.tapes.recorded import recorded

TAPED = (
    recorded(0, '{"city": "Oslo"}', "rain"),
    recorded(1, '{"city": "Rome"}', "sun"),
    recorded(2, '{"city": "Oslo"}', "snow"),
    recorded(3, "{}", "noon", name="time"),
)


def find(
    arguments: str,
    *,
    used: Collection[int] = (),
    matching: str = STRICT,
    name: str = "weather",
) -> Hit | Miss:
    return find_call(TAPED, used, tool=FUNCTION, name=name, arguments=arguments, matching=matching)


def call_of(found: Hit | Miss) -> RecordedCall:
    assert isinstance(found, Hit)
    return found.call


def test_strict_takes_the_first_unused_call_with_equal_arguments() -> None:
    assert call_of(find('{"city":"Oslo"}')).output == "rain"
    assert call_of(find('{"city":"Oslo"}', used={0})).output == "snow"
    # Whatever came before: order doesn't count.
    assert call_of(find('{"city":"Rome"}', used={0, 2})).output == "sun"


def test_a_recorded_call_answers_once() -> None:
    missed = find('{"city":"Oslo"}', used={0, 2})
    assert isinstance(missed, Miss)
    assert missed.reason == (
        'The tape\'s outputs for weather({"city":"Oslo"}) are used up: it was called 2 times.'
    )
    missed = find("{}", used={0, 1, 2}, matching=IN_ORDER)
    assert isinstance(missed, Miss)
    assert missed.reason == "The tape's outputs of weather are used up: it was called 3 times."


def test_a_strict_miss_says_what_the_next_recorded_call_has() -> None:
    missed = find('{"city": "Bonn"}', used={0})
    assert isinstance(missed, Miss)
    assert missed.reason == (
        'The tape has no output for weather({"city":"Bonn"}). The next recorded call has "Rome" '
        'in “city” instead of "Bonn".'
    )


def test_a_tool_that_the_tape_has_not_is_missed() -> None:
    for matching in (STRICT, IN_ORDER):
        missed = find("{}", name="news", matching=matching)
        assert isinstance(missed, Miss)
        assert missed.reason == "The tape has no call of news."


def test_in_order_reports_the_drift() -> None:
    found = find('{"city": "Bonn"}', matching=IN_ORDER)
    assert isinstance(found, Hit)
    assert (found.call.output, found.drift) == ("rain", (Difference("city", '"Oslo"', '"Bonn"'),))
    # Each tool has its own order.
    assert call_of(find("{}", name="time", matching=IN_ORDER)).output == "noon"
    assert call_of(find('{"city":"Rome"}', used={0}, matching=IN_ORDER)).output == "sun"


def test_a_function_named_like_a_tool_is_another_one() -> None:
    taped = (recorded(0, "print(1)", "1", tool=CODE_INTERPRETER),)
    missed = find_call(
        taped,
        (),
        tool=FUNCTION,
        name=CODE_INTERPRETER,
        arguments="print(1)",
        matching=STRICT,
    )
    assert isinstance(missed, Miss)


def test_a_policy_says_which_tools_come_from_the_tape() -> None:
    usual = read_policy({})
    assert [usual.takes(tool) for tool in (FUNCTION, CODE_INTERPRETER, FILE_SEARCH)] == [
        True,
        False,
        False,
    ]
    taped = read_policy({"code": TAPE, "search": TAPE, "on_miss": MOCK, "mocks": {"f": {}}})
    assert all(taped.takes(tool) for tool in (FUNCTION, CODE_INTERPRETER, FILE_SEARCH))
    assert read_policy(taped.as_json()) == taped
    assert read_policy(Policy().as_json()) == Policy()


@pytest.mark.parametrize(
    ("values", "param"),
    [
        ({"matching": "loose"}, "tape_policy.matching"),
        ({"on_miss": None}, "tape_policy.on_miss"),
        ({"code": ["live"]}, "tape_policy.code"),
        ({"repeat": 2}, "tape_policy.repeat"),
        ({"mocks": []}, "tape_policy.mocks"),
    ],
)
def test_an_unknown_policy_is_refused(values: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_policy(values)
    assert refused.value.param == param
