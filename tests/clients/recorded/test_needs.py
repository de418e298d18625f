"""An answer that would break a client fails the replay."""

from typing import Any

import pytest

from tests.clients.recorded.answers import events_of, shows
from tests.clients.recorded.http1 import Message
from tests.clients.recorded.needs import Needs

NEEDS = Needs(
    answers={"GET /v1/runs/*": "Run"},
    events={"thread.run.created": "Run", "thread.message.*": "Message"},
    error="Error",
    shapes={
        "Run": {"id": "string", "at": "integer|null", "tools": "Tool[]", "usage?": "Usage|null"},
        "Tool": {"by": "type", "of": {"function": "Function", "search": "Typed"}},
        "Typed": {"type": "string"},
        "Function": {"function": "Named"},
        "Named": {"name": "string", "parameters": "array"},
        "Usage": {"total": "number"},
        "Message": {"content": "any"},
        "Error": {"error": "object"},
    },
)
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {}}}
RUN: dict[str, Any] = {"id": "r", "at": None, "tools": [FUNCTION, {"type": "search"}]}


def unmet(**changed: Any) -> list[str]:
    values = {**RUN, **changed}
    kept = {key: value for key, value in values.items() if value is not ...}
    return NEEDS.unmet_by("GET /v1/runs/*", kept)


def test_a_whole_answer_is_enough() -> None:
    assert unmet() == []
    assert unmet(at=5, usage=None, more="fields") == []
    assert unmet(usage={"total": 1.5}) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"id": ...}, ".id is missing"),
        ({"id": None}, ".id: None is no string"),
        ({"at": 5.0}, ".at: 5.0 is no integer"),
        ({"at": True}, ".at: True is no integer"),
        ({"tools": None}, ".tools: None is no list"),
        ({"tools": [{"type": "web"}]}, ".tools.0: Tool has no type 'web'"),
        ({"tools": [{**FUNCTION, "function": {"name": "f"}}]}, ".function.parameters is missing"),
        ({"usage": {}}, ".usage.total is missing"),
    ],
)
def test_what_a_client_would_not_read_is_a_problem(changed: dict[str, Any], problem: str) -> None:
    [found] = unmet(**changed)
    assert found.endswith(problem)


def test_events_that_a_client_does_not_know_are_problems() -> None:
    assert NEEDS.unmet_by_event(("thread.run.created", RUN)) == []
    assert NEEDS.unmet_by_event(("thread.message.delta", {"content": []})) == []
    assert NEEDS.unmet_by_event(("done", "[DONE]")) == []
    assert NEEDS.unmet_by_event(("thread.run.created", {}))[0].endswith(".id is missing")
    assert NEEDS.unmet_by_event(("thread.new", {})) == [
        "the client doesn't know the event thread.new"
    ]


def test_a_route_without_needs_fails() -> None:
    with pytest.raises(AssertionError, match="no shape for GET /v1/other"):
        NEEDS.unmet_by("GET /v1/other", {})


def stream(*blocks: str) -> Message:
    body = "".join(f"{block}\n\n" for block in blocks).encode()
    return Message("HTTP/1.1 200 OK", ["Content-Type: text/event-stream"], [body])


def test_a_line_between_an_events_name_and_its_data_fails() -> None:
    whole = stream(": wait", 'event: a\ndata: {"b": 1}', "event: done\ndata: [DONE]")
    assert events_of(whole) == [("a", {"b": 1}), ("done", "[DONE]")]
    with pytest.raises(AssertionError, match="not an event of two lines"):
        events_of(stream("event: a\nid: 1\ndata: {}"))


def test_deltas_must_be_the_text() -> None:
    text = '{"type": "text", "text": {"value": "%s", "annotations": []}}'
    delta = 'event: thread.message.delta\ndata: {"delta": {"content": [%s]}}'
    whole = 'event: thread.message.completed\ndata: {"content": [%s]}'
    both = stream(delta % text % "a", delta % text % "b", whole % text % "ab")
    seen = shows(both, own=False, names={})
    assert seen == {
        "events": ["thread.message.delta", "thread.message.completed"],
        "texts": ["ab"],
    }
    with pytest.raises(AssertionError, match="the deltas are not the text"):
        shows(stream(delta % text % "a", whole % text % "ab"), own=False, names={})
