"""Valid parameters are returned as given. Others are refused by name and change nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.domain import limits
from assistants_app.models import Assistant, Message, Run, Thread
from assistants_app.wire.tool_defaults import NO_RESOURCES, RANKING
from tests.cast import Cast, CheckedClient, api_client
from tests.contract import strategies
from tests.contract.strategies import Body, of_other_kinds

JSON = "application/json"
bounded = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def api(cast: Cast) -> CheckedClient:
    return api_client(cast.key)


def send(api: CheckedClient, path: str, body: Body) -> Body:
    """Create or change an object and return it, as a later request returns it too."""
    answer = api.post(f"/v1{path}", body, JSON)
    assert answer.status_code == 200, answer.content
    made: Body = answer.json()
    assert made == read(api, path, made)
    return made


def read(api: CheckedClient, path: str, made: Body) -> Body:
    if path == "/threads/runs":
        path = f"/threads/{made['thread_id']}/runs"
    url = f"/v1{path}" if path.endswith(made["id"]) else f"/v1{path}/{made['id']}"
    shown: Body = api.get(url).json()
    return shown


def error_of(api: CheckedClient, path: str, body: Body) -> Body:
    """Return the error of a refused request, which must not have written anything."""
    before = counts()
    answer = api.post(f"/v1{path}", body, JSON)
    assert answer.status_code == 400, answer.content
    assert counts() == before
    error: Body = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    return error


def counts() -> list[int]:
    return [model.objects.count() for model in (Assistant, Thread, Message, Run)]


PLAIN = {"description": "", "parameters": {"type": "object", "properties": {}}, "strict": False}


def without_nulls(value: Body) -> Body:
    return {name: item for name, item in value.items() if item is not None}


def tool_as_shown(tool: Body) -> Body:
    # Null in a tool counts as absent, and a function is shown with all of its fields.
    kind = tool["type"]
    inner = without_nulls(tool.get(kind) or {})
    if kind == "code_interpreter":
        return {"type": kind}
    if kind == "function":
        return {"type": kind, kind: {**PLAIN, **inner}}
    ranking = {**RANKING, **without_nulls(inner.get("ranking_options") or {})}
    return {"type": kind, kind: {**inner, "ranking_options": ranking}}


def format_as_shown(given: Any) -> Any:
    if isinstance(given, dict) and "json_schema" in given:
        return {**given, "json_schema": without_nulls(given["json_schema"])}
    return given


def as_shown(given: Body) -> Body:
    # A null or absent setting is shown as the vendor's default.
    return {
        "instructions": given.get("instructions"),
        "tools": [tool_as_shown(tool) for tool in given.get("tools") or []],
        "metadata": given.get("metadata") or {},
        "temperature": 1 if given.get("temperature") is None else given["temperature"],
        "top_p": 1 if given.get("top_p") is None else given["top_p"],
        "reasoning_effort": given.get("reasoning_effort"),
        "response_format": format_as_shown(given.get("response_format") or "auto"),
    }


def assistant_as_shown(given: Body) -> Body:
    plain = {name: given.get(name) for name in ("model", "name", "description")}
    kinds = {tool["type"] for tool in given.get("tools") or []}
    resources = {kind: empty for kind, empty in NO_RESOURCES.items() if kind in kinds}
    return {**as_shown(given), **plain, "object": "assistant", "tool_resources": resources}


def only(names: Body, shown: Body) -> Body:
    return {name: shown[name] for name in names}


@bounded
@given(body=strategies.assistants, changes=strategies.assistant_changes)
def test_an_assistant_is_returned_as_given(api: CheckedClient, body: Body, changes: Body) -> None:
    expected = assistant_as_shown(body)
    made = send(api, "/assistants", body)
    assert only(expected, made) == expected
    url = f"/assistants/{made['id']}"
    assert send(api, url, {}) == made
    expected = assistant_as_shown({**body, **changes})
    assert only(expected, send(api, url, changes)) == expected


def part_as_shown(part: Body) -> Body:
    if part["type"] == "text":
        return {"type": "text", "text": {"value": part["text"], "annotations": []}}
    return {"type": "image_url", "image_url": {"detail": "auto", **part["image_url"]}}


def message_as_shown(given: Body) -> Body:
    content = given["content"]
    plain = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {
        "object": "thread.message",
        "role": given["role"],
        "content": [part_as_shown(part) for part in plain],
        "attachments": [],
        "metadata": given.get("metadata") or {},
    }


@bounded
@given(body=strategies.messages, changes=strategies.metadata)
def test_a_message_is_returned_as_given(
    api: CheckedClient, cast: Cast, body: Body, changes: Body
) -> None:
    path = f"/threads/{cast.thread.id}/messages"
    expected = message_as_shown(body)
    made = send(api, path, body)
    assert only(expected, made) == expected
    assert send(api, f"{path}/{made['id']}", {"metadata": changes})["metadata"] == changes


@bounded
@given(messages=st.lists(strategies.messages, max_size=4), metadata=strategies.metadata)
def test_a_thread_has_the_given_messages(
    api: CheckedClient, messages: list[Body], metadata: Body
) -> None:
    thread = send(api, "/threads", {"messages": messages, "metadata": metadata})
    assert thread["metadata"] == metadata
    listed = api.get(f"/v1/threads/{thread['id']}/messages?order=asc").json()["data"]
    expected = [message_as_shown(message) for message in messages]
    assert [only(one, shown) for one, shown in zip(expected, listed, strict=True)] == expected


def run_as_shown(given: Body, assistant: Body) -> Body:
    # A run takes over what it was not given from its assistant, except for the metadata.
    inherited = {name: value for name, value in assistant.items() if name != "metadata"}
    settled = {**inherited, **without_nulls(given)}
    truncation = given.get("truncation_strategy") or {"type": "auto"}
    parallel = given.get("parallel_tool_calls")
    return {
        **as_shown(settled),
        "instructions": settled.get("instructions") or "",
        "model": settled["model"],
        "max_prompt_tokens": given.get("max_prompt_tokens"),
        "max_completion_tokens": given.get("max_completion_tokens"),
        "tool_choice": given.get("tool_choice") or "auto",
        "parallel_tool_calls": True if parallel is None else parallel,
        "truncation_strategy": {"last_messages": None, **truncation},
    }


@bounded
@given(assistant=strategies.assistants, body=strategies.run_settings)
def test_a_run_has_the_given_settings_or_those_of_its_assistant(
    api: CheckedClient, assistant: Body, body: Body
) -> None:
    if not strategies.can_be_chosen(body.get("tool_choice"), assistant, body):
        body = strategies.without(body, "tool_choice")
    assistant_id = send(api, "/assistants", assistant)["id"]
    expected = run_as_shown(body, without_nulls(assistant))
    run = send(api, "/threads/runs", {"assistant_id": assistant_id, **body})
    assert only(expected, run) == expected


NULLABLE = {
    "name": ("a string",),
    "description": ("a string",),
    "instructions": ("a string",),
    "tools": ("an array",),
    "tool_resources": ("an object",),
    "metadata": ("an object",),
    "temperature": ("an integer", "a decimal"),
    "top_p": ("an integer", "a decimal"),
    "response_format": ("a string", "an object"),
}
RUN_FIELDS = {
    "max_prompt_tokens": ("an integer",),
    "max_completion_tokens": ("an integer",),
    "truncation_strategy": ("an object",),
    "tool_choice": ("a string", "an object"),
    "parallel_tool_calls": ("a boolean",),
    "stream": ("a boolean",),
    "additional_instructions": ("a string",),
    "additional_messages": ("an array",),
    "assistant_id": ("a string",),
    "model": ("a string",),
}
MESSAGE_FIELDS = {
    "content": ("a string", "an array"),
    "attachments": ("an array",),
    "metadata": ("an object",),
}
KINDS_OF_FIELDS = [
    *(("/assistants", name, kinds) for name, kinds in {**NULLABLE, "model": ("a string",)}.items()),
    *(("/assistants/{assistant}", name, kinds) for name, kinds in NULLABLE.items()),
    *(("/threads/{thread}/runs", name, kinds) for name, kinds in RUN_FIELDS.items()),
    *(("/threads/{thread}/messages", name, kinds) for name, kinds in MESSAGE_FIELDS.items()),
    *(("/threads/{thread}/messages/{message}", "metadata", kind) for kind in [("an object",)]),
    *(("/threads", name, kinds) for name, kinds in {"messages": ("an array",)}.items()),
]
GOOD: dict[str, Body] = {
    "/assistants": {"model": "m"},
    "/threads/{thread}/runs": {"assistant_id": "{assistant}"},
    "/threads/{thread}/messages": {"role": "user", "content": "x"},
    "/threads/runs": {"assistant_id": "{assistant}"},
}


def filled(cast: Cast, path: str) -> tuple[str, Body]:
    """Return the path with ids of the cast, and a valid body for it."""
    ids = {"assistant": cast.assistant.id, "thread": cast.thread.id, "message": cast.message.id}
    body = {name: value.format(**ids) for name, value in GOOD.get(path, {}).items()}
    return path.format(**ids), body


@settings(bounded, max_examples=10)
@given(data=st.data())
@pytest.mark.parametrize(("path", "name", "kinds"), KINDS_OF_FIELDS)
def test_a_value_of_a_wrong_type_is_refused_by_name(
    api: CheckedClient,
    cast: Cast,
    path: str,
    name: str,
    kinds: tuple[str, ...],
    data: st.DataObject,
) -> None:
    url, body = filled(cast, path)
    error = error_of(api, url, {**body, name: data.draw(of_other_kinds(*kinds))})
    assert (error["param"], error["code"]) == (name, "invalid_type")


FUNCTION: Body = {"type": "function", "function": {"name": "f"}}
TEXT: Body = {"type": "text", "text": "x"}
Wrap = Callable[[Body], Body]
PLACES: list[tuple[str, str, Wrap]] = [
    ("/assistants", "{}", lambda odd: odd),
    ("/assistants", "tools[0].{}", lambda odd: {"tools": [{**FUNCTION, **odd}]}),
    (
        "/assistants",
        "tools[1].function.{}",
        lambda odd: {"tools": [FUNCTION, {**FUNCTION, "function": {"name": "f", **odd}}]},
    ),
    (
        "/assistants",
        "tools[0].file_search.{}",
        lambda odd: {"tools": [{"type": "file_search", "file_search": odd}]},
    ),
    (
        "/assistants",
        "response_format.{}",
        lambda odd: {"response_format": {"type": "text", **odd}},
    ),
    (
        "/assistants",
        "response_format.json_schema.{}",
        lambda odd: {
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", **odd}}
        },
    ),
    ("/assistants", "tool_resources.{}", lambda odd: {"tool_resources": odd}),
    ("/threads/{thread}/messages", "content[1].{}", lambda odd: {"content": [TEXT, TEXT | odd]}),
    (
        "/threads/{thread}/runs",
        "additional_messages[0].{}",
        lambda odd: {"additional_messages": [{"role": "user", "content": "x", **odd}]},
    ),
    (
        "/threads/{thread}/runs",
        "truncation_strategy.{}",
        lambda odd: {"truncation_strategy": {"type": "auto", **odd}},
    ),
    (
        "/threads/{thread}/runs",
        "tool_choice.{}",
        lambda odd: {"tool_choice": {**FUNCTION, **odd}},
    ),
    (
        "/threads/runs",
        "thread.messages[0].{}",
        lambda odd: {"thread": {"messages": [{"role": "user", "content": "x", **odd}]}},
    ),
]


@settings(bounded, max_examples=10)
@given(name=st.text("abcdefghij_", min_size=1, max_size=12), value=strategies.json_values)
@pytest.mark.parametrize(("path", "param", "wrap"), PLACES)
def test_an_unknown_parameter_is_refused_by_name(
    api: CheckedClient, cast: Cast, path: str, param: str, wrap: Wrap, name: str, value: Any
) -> None:
    url, body = filled(cast, path)
    error = error_of(api, url, {**body, **wrap({name: value})})
    assert (error["param"], error["code"]) == (param.format(name), "unknown_parameter")


def pairs(count: int) -> Body:
    return {"metadata": {str(n): "" for n in range(count)}}


def named(length: int) -> Body:
    return {"tools": [{"type": "function", "function": {"name": "f" * length}}]}


BOUNDS: list[tuple[str, Callable[[int], Body], int, int, str, str]] = [
    ("/assistants", lambda n: {"name": "é" * n}, 256, 1, "name", "string_above_max"),
    ("/assistants", lambda n: {"description": "é" * n}, 512, 1, "description", "string_above_max"),
    ("/assistants", lambda n: {"instructions": "é" * n}, 256_000, 1, "instructions", "string_abo"),
    ("/assistants", lambda n: {"model": "m" * n}, 256, 1, "model", "string_above_max_length"),
    ("/assistants", lambda n: {"model": "m" * n}, 1, -1, "model", "string_below_min_length"),
    ("/assistants", lambda n: {"tools": [FUNCTION] * n}, 128, 1, "tools", "array_above_max_length"),
    ("/assistants", named, 64, 1, "tools[0].function.name", "string_above_max_length"),
    ("/assistants", pairs, 16, 1, "metadata", "object_above_max_properties"),
    (
        "/assistants",
        lambda n: {"metadata": {"k": "é" * n}},
        *(512, 1, "metadata.k", "string_above_max_length"),
    ),
    ("/assistants", lambda n: {"temperature": n}, 2, 1, "temperature", "decimal_above_max_value"),
    ("/assistants", lambda n: {"temperature": n}, 0, -1, "temperature", "decimal_below_min_value"),
    ("/assistants", lambda n: {"top_p": n}, 1, 1, "top_p", "decimal_above_max_value"),
    ("/assistants", lambda n: {"top_p": n}, 0, -1, "top_p", "decimal_below_min_value"),
    (
        "/threads/{thread}/messages",
        lambda n: {"content": "é" * n},
        *(limits.MESSAGE_TEXT, 1, "content", "string_above_max_length"),
    ),
    (
        "/threads/{thread}/messages",
        lambda n: {"content": "é" * n},
        *(1, -1, "content", "string_below_min_length"),
    ),
    (
        "/threads/runs",
        lambda n: {"max_prompt_tokens": n},
        *(limits.MIN_RUN_TOKENS, -1, "max_prompt_tokens", "integer_below_min_value"),
    ),
    (
        "/threads/runs",
        lambda n: {"max_completion_tokens": n},
        *(limits.MIN_RUN_TOKENS, -1, "max_completion_tokens", "integer_below_min_value"),
    ),
    (
        "/threads/runs",
        lambda n: {"truncation_strategy": {"type": "last_messages", "last_messages": n}},
        *(1, -1, "truncation_strategy.last_messages", "integer_below_min_value"),
    ),
]


@pytest.mark.parametrize(("path", "make", "limit", "step", "param", "code"), BOUNDS)
def test_a_value_at_the_limit_is_accepted_and_beyond_it_refused(
    api: CheckedClient,
    cast: Cast,
    path: str,
    make: Callable[[int], Body],
    limit: int,
    step: int,
    param: str,
    code: str,
) -> None:
    url, body = filled(cast, path)
    send(api, url, {**body, **make(limit)})
    error = error_of(api, url, {**body, **make(limit + step)})
    assert error["param"] == param
    assert error["code"].startswith(code)
