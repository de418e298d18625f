"""One output for the same call of several columns."""

import pytest

from assistants_app.domain.compare.shared_calls import (
    CallGroup,
    WaitingCall,
    group_calls,
    outputs_by_lane,
)
from assistants_app.domain.errors import InvalidRequest


def call(
    lane: str, arguments: str = '{"city": "Oslo"}', *, name: str = "w", id: str = ""
) -> WaitingCall:
    return WaitingCall(lane, id or f"call_{lane}", name, arguments)


def test_equal_calls_share_a_group() -> None:
    first = call("a", '{"city": "Oslo", "unit": "c"}')
    second = call("b", '{ "unit":"c","city":"Oslo"}')
    [group] = group_calls([first, second])
    assert (group.name, group.lanes, group.arguments) == ("w", ["a", "b"], first.arguments)


@pytest.mark.parametrize(
    "other",
    [
        call("b", '{"city": "Rome"}'),
        call("b", name="x"),
        call("b", '{"city": "Oslo"'),
        call("b", '{"city": "Oslo", "n": 1}'),
        call("b", ""),
    ],
)
def test_other_calls_do_not(other: WaitingCall) -> None:
    assert len(group_calls([call("a"), other])) == 2


def test_numbers_booleans_and_strings_are_apart() -> None:
    written = ["1", "true", '"1"', "null"]
    assert len(group_calls(call("a", text) for text in written)) == len(written)
    assert len(group_calls([call("a", "1"), call("b", "1.0")])) == 1


def test_broken_arguments_are_compared_as_they_are() -> None:
    assert len(group_calls([call("a", "{"), call("b", "{"), call("c", "{ ")])) == 2
    deep = "[" * 100_000
    assert len(group_calls([call("a", deep), call("b", deep)])) == 1
    assert len(group_calls([call("a", '"\ud800"'), call("b", r'"\ud800"')])) == 1


def groups() -> list[CallGroup]:
    rome = '{"city": "Rome"}'
    return group_calls([call("a"), call("b"), call("b", rome, id="call_rome"), call("c", rome)])


def test_one_output_answers_all_columns() -> None:
    oslo, rome = groups()
    outputs = outputs_by_lane([oslo, rome], {oslo.key: "1°", rome.key: "20°"}, {})
    assert outputs == {
        "a": {"call_a": "1°"},
        "b": {"call_b": "1°", "call_rome": "20°"},
        "c": {"call_c": "20°"},
    }


def test_each_column_can_have_its_own() -> None:
    oslo, rome = groups()
    own = {("a", "call_a"): "1°", ("b", "call_b"): "2°"}
    outputs = outputs_by_lane([oslo, rome], {rome.key: "20°"}, own)
    assert outputs["a"] == {"call_a": "1°"}
    assert outputs["b"] == {"call_b": "2°", "call_rome": "20°"}


def test_columns_without_all_outputs_wait_on() -> None:
    oslo, rome = groups()
    assert outputs_by_lane([oslo, rome], {oslo.key: "1°"}, {}) == {"a": {"call_a": "1°"}}
    # What is given for all counts, even if there is something else for one.
    own = {("a", "call_a"): "other"}
    assert outputs_by_lane([oslo], {oslo.key: "1°"}, own)["a"] == {"call_a": "1°"}


@pytest.mark.parametrize("output", ["", " \n"])
def test_without_any_complete_column_there_is_nothing_to_send(output: str) -> None:
    oslo, rome = groups()
    with pytest.raises(InvalidRequest, match="at least one column"):
        outputs_by_lane([oslo, rome], {oslo.key: output}, {})
