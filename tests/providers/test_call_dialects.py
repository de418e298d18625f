"""The calls of a reply come out whole and apart, however a server writes them."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.chat import ChatDelta, ToolCallDelta
from assistants_app.providers.deltas import DeltaReader
from assistants_app.providers.endpoint import Endpoint
from tests.providers.asking import calls, finished, read_chunks, request, text

SOMEWHERE = Endpoint(name="X", base_url="http://x/v1", api_key="")
NAMES = ("get_weather", "get_ip", "get", "get_time")
TOOLS = [{"type": "function", "function": {"name": name}} for name in NAMES]
OSLO, ROME = '{"city": "Oslo"}', '{"city": "Rome"}'
Fragment = dict[str, Any]


def part(name: Any = None, arguments: Any = None, **rest: Any) -> Fragment:
    """Return an entry of ``tool_calls``. Values that are not given are absent."""
    function = {"name": name, "arguments": arguments}
    return {
        **rest,
        "function": {key: value for key, value in function.items() if value is not None},
    }


def read(
    *deltas: Any, reason: str = "tool_calls", names: tuple[str, ...] = NAMES
) -> list[ChatDelta]:
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return read_chunks(DeltaReader(request(tools=tools), SOMEWHERE), [*lines, b"data: [DONE]\n\n"])


def read_parts(*fragments: Fragment, **options: Any) -> list[ChatDelta]:
    return read(*({"tool_calls": [fragment]} for fragment in fragments), **options)


def found(received: list[ChatDelta]) -> list[tuple[str | None, str]]:
    """Return name and arguments of each call, and check that each call has an id of its own."""
    heads = [delta for delta in received if isinstance(delta, ToolCallDelta) and delta.id]
    assert len({delta.id for delta in heads}) == len(calls(received))
    assert all(delta.id and delta.id.strip() == delta.id for delta in heads)
    assert finished(received).reason == "tool_calls"
    return list(calls(received).values())


TWO = [("get_weather", OSLO), ("get_weather", ROME)]


@pytest.mark.parametrize("gap", [{}, {"id": ""}, {"id": None}, {"id": " "}, {"id": "same"}])
@pytest.mark.parametrize("place", [{"index": 0}, {"index": None}, {"index": "0"}, {}])
@pytest.mark.parametrize("end", ["tool_calls", "stop", "function_call"])
def test_whole_calls_without_ids_or_places_stay_apart(gap: Any, place: Any, end: str) -> None:
    rows = [part("get_weather", arguments, **gap, **place) for arguments in (OSLO, ROME, OSLO)]
    expected = [*TWO, TWO[0]]
    assert found(read_parts(*rows, reason=end)) == expected
    assert found(read({"tool_calls": rows}, reason=end)) == expected


@pytest.mark.parametrize("gap", [{}, {"id": ""}, {"id": "same"}])
@pytest.mark.parametrize("place", [{"index": 0}, {}])
def test_calls_in_pieces_stay_apart(gap: Any, place: Any) -> None:
    rows = [
        piece
        for arguments in (OSLO, ROME)
        for piece in (
            part("get_weather", "", **gap, **place),
            part(None, arguments[:6], **place),
            part(None, arguments[6:], **place),
        )
    ]
    assert found(read_parts(*rows)) == TWO


@pytest.mark.parametrize("again", [{}, {"id": ""}, {"id": "a"}])
@pytest.mark.parametrize("place", [{"index": 0}, {"index": None}, {}])
def test_a_repeated_id_or_name_starts_no_call(again: Any, place: Any) -> None:
    rows = [
        part("get_weather", "", id="a", **place),
        part("get_weather", OSLO[:4], **again, **place),
        part("get_weather", OSLO[4:9], **again, **place),
        part("get_weather", OSLO[9:], **again, **place),
        # At the end, some servers send the head once more.
        part("get_weather", "", **again, **place),
    ]
    assert found(read_parts(*rows)) == [("get_weather", OSLO)]


def test_fragments_with_an_id_each_are_one_call() -> None:
    rows = [
        part("get_weather", piece, index=0, id=f"chatcmpl-tool-{number}")
        for number, piece in enumerate([OSLO[:3], OSLO[3:8], OSLO[8:]])
    ]
    assert found(read_parts(*rows)) == [("get_weather", OSLO)]


def test_a_place_that_counts_fragments_is_one_call() -> None:
    rows = [part("get_weather", "", index=0, id="a"), part(None, OSLO[:3], index=0)]
    assert found(read_parts(*rows, part(None, OSLO[3:], index=2))) == [("get_weather", OSLO)]
    again = part(None, OSLO[3:], index=2, id="a")
    assert found(read_parts(*rows, again)) == [("get_weather", OSLO)]


def test_calls_without_arguments_stay_apart() -> None:
    rows = [part(name, "", index=0) for name in ("get_ip", "get_time")]
    assert found(read_parts(*rows)) == [("get_ip", ""), ("get_time", "")]
    rows = [part("get_ip", "", index=0, id=call_id) for call_id in ("a", "b")]
    assert found(read_parts(*rows)) == [("get_ip", ""), ("get_ip", "")]
    rows = [part("get_ip", "{}", index=0) for _ in range(3)]
    assert found(read_parts(*rows)) == [("get_ip", "{}")] * 3
    both = {"tool_calls": [part("get_ip"), part("get_ip")]}
    assert found(read(both)) == [("get_ip", ""), ("get_ip", "")]


@pytest.mark.parametrize(
    "pieces", [["get_", "weather"], ["get", "_weather"], ["g", "et_", "weather"]]
)
@pytest.mark.parametrize("gap", [{}, {"id": "a"}])
def test_a_name_in_pieces_is_joined(pieces: list[str], gap: Any) -> None:
    rows = [part(piece, "", index=0, **gap) for piece in pieces]
    assert found(read_parts(*rows, part(None, OSLO, index=0))) == [("get_weather", OSLO)]
    # Unless the name so far is that of another tool, the next one may be longer.
    grown = ["".join(pieces[: number + 1]) for number in range(len(pieces))]
    rows = [part(name, "", index=0, **gap) for name in grown if name != "get"]
    assert found(read_parts(*rows, part(None, OSLO, index=0))) == [("get_weather", OSLO)]


def test_a_name_that_starts_another_name_is_not_changed() -> None:
    assert found(read_parts(part("get", OSLO, index=0))) == [("get", OSLO)]
    assert found(read_parts(part("get", "", index=0), part(None, OSLO, index=0))) == [("get", OSLO)]
    assert found(read_parts(part("get", "", index=0, id="a"))) == [("get", "")]
    rows = part("get", "", index=0, id="a"), part("get_ip", "", index=1, id="b")
    assert found(read_parts(*rows)) == [("get", ""), ("get_ip", "")]


@pytest.mark.parametrize(
    ("arguments", "written"),
    [({"city": "Oslo"}, OSLO), ({}, ""), ([], ""), (None, ""), (False, "")],
)
def test_arguments_may_be_an_object(arguments: Any, written: str) -> None:
    assert found(read_parts(part("get_weather", arguments, index=0, id="a"))) == [
        ("get_weather", written)
    ]


def test_a_call_may_begin_without_its_function() -> None:
    rows = [{"index": 0, "id": "a", "function": None}, part("get_weather", OSLO, index=0)]
    assert found(read_parts(*rows)) == [("get_weather", OSLO)]
    assert found(read({"tool_calls": [None, rows[1]]})) == [("get_weather", OSLO)]
    bare = {"name": "get_weather", "arguments": OSLO}
    assert found(read({"tool_calls": [bare]})) == [("get_weather", OSLO)]
    assert found(read({"tool_calls": bare})) == [("get_weather", OSLO)]


def test_the_old_form_of_a_call_is_read() -> None:
    received = read(
        {"function_call": {"name": "get_weather", "arguments": ""}},
        {"function_call": {"arguments": OSLO[:5]}},
        {"function_call": {"arguments": OSLO[5:]}, "tool_calls": None},
        reason="function_call",
    )
    assert found(received) == [("get_weather", OSLO)]


def test_a_call_without_a_name_is_of_the_only_tool_or_an_error_for_the_model() -> None:
    row = part(None, OSLO, index=0, id="a")
    assert found(read_parts(row, names=("get_ip",))) == [("get_ip", OSLO)]
    assert found(read_parts(row)) == [(None, OSLO)]  # the name is ""
    nothing = read({"content": "Hi"}, {"tool_calls": [{"index": 0, "function": None}]})
    assert (text(nothing), calls(nothing)) == ("Hi", {})


def test_an_emoji_cut_in_two_is_joined_in_arguments() -> None:
    rows = [part("get_weather", '{"city": "\ud83c', index=0), part(None, '\udf89"}', index=0)]
    assert found(read_parts(*rows)) == [("get_weather", '{"city": "🎉"}')]
    [(_, lone)] = found(read_parts(part("get_weather", '{"city": "\udf89\0"}', index=0)))
    assert lone == '{"city": "\ufffd\ufffd"}'


def test_ids_are_cleaned() -> None:
    rows = [
        part("get_ip", "{}", index=place, id=call_id) for place, call_id in enumerate([7, "\0"])
    ]
    heads = [delta for delta in read_parts(*rows) if isinstance(delta, ToolCallDelta)]
    assert heads[0].id == "7"
    assert (heads[1].id or "").startswith("call_")


def test_a_message_that_is_repeated_at_the_end_is_read_once() -> None:
    whole = {"content": "Hi", "tool_calls": [part("get_ip", "{}", id="a")]}
    last = {"choices": [{"message": whole, "delta": {}, "finish_reason": "tool_calls"}]}
    first = [
        {"choices": [{"delta": delta}]} for delta in ({"content": "Hi"}, whole | {"content": None})
    ]
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in [*first, last]]
    received = read_chunks(DeltaReader(request(), SOMEWHERE), lines)
    assert (text(received), found(received)) == ("Hi", [("get_ip", "{}")])


def test_calls_that_were_held_back_are_lost_with_the_connection() -> None:
    chunk = {"choices": [{"delta": {"tool_calls": [part("get", "", index=0)]}}]}
    reader = DeltaReader(request(tools=TOOLS), SOMEWHERE)
    with pytest.raises(RunFailure, match="in the middle of a reply"):
        read_chunks(reader, [f"data: {json.dumps(chunk)}\n\n".encode()])
