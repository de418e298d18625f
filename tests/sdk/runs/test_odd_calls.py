"""Calls as models and servers really write them: what clients and the next request get."""

import json
from typing import Any

import pytest
from openai import AssistantEventHandler, AsyncOpenAI, OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Run
from openai.types.beta.threads.runs import FunctionToolCall, RunStep

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite, wait_until
from tests.sdk.forks import fork_of
from tests.sdk.steps import ask, reply_of

NAMES = ("get_ip", "get_weather", "get_time")
BROKEN = '{"path":"a.txt","content":"line'


def begin(client: OpenAI, assistant: Assistant, thread: str, **settings: Any) -> Run:
    return client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20, **settings
    )


def answer(client: OpenAI, run: Run, output: str = "sunny") -> Run:
    """Submit the same output for all calls that the run waits for."""
    assert run.required_action, (run.status, run.last_error)
    calls = run.required_action.submit_tool_outputs.tool_calls
    return client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=[{"tool_call_id": call.id, "output": output} for call in calls],
        poll_interval_ms=20,
    )


def steps_of(client: OpenAI, run: Run) -> list[RunStep]:
    return client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc").data


def calls_of(step: RunStep) -> list[FunctionToolCall]:
    assert step.step_details.type == "tool_calls"
    calls = step.step_details.tool_calls
    return [call for call in calls if isinstance(call, FunctionToolCall)]


def check_requests(provider: ScriptedProvider) -> None:
    """Check that each request is one that any server accepts."""
    for sent in provider.completions:
        asked: list[str] = []
        seen: set[str] = set()
        for message in sent["messages"]:
            if message["role"] == "tool":
                assert message["tool_call_id"] == asked.pop(0)
                continue
            assert not asked, "calls without results"
            assert message.get("tool_calls", True), "an empty list of calls"
            for call in message.get("tool_calls", ()):
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
                asked.append(call["id"])
            assert len(set(asked)) == len(asked)
            assert not seen & set(asked)
            seen |= set(asked)
        assert not asked


@pytest.fixture(autouse=True)
def _valid_requests(provider: ScriptedProvider) -> Any:
    yield
    check_requests(provider)


def fragment(arguments: Any, name: str | None = "get_weather", **rest: Any) -> dict[str, Any]:
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": 0, "type": "function", "function": function, **rest}]}


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "get_weather"}}]
)
@pytest.mark.parametrize("parallel", [True, False])
def test_a_function_is_forced_once(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, choice: Any, parallel: bool
) -> None:
    thread = ask(client)
    for first in (0, 2):
        provider.enqueue(Reply(tool_calls=[ToolCall("get_weather")]), Reply(text="Sunny."))
        run = begin(client, assistant, thread, tool_choice=choice, parallel_tool_calls=parallel)
        run = answer(client, run)
        assert run.status == "completed"
        shown = run.tool_choice
        assert (shown if isinstance(shown, str) else shown.to_dict()) == choice  # type: ignore[union-attr]
        forced, free = provider.completions[first:]
        assert forced["tool_choice"] == choice
        # The model may call tools again, but doesn't have to.
        assert free.get("tool_choice", "auto") == "auto"
        assert free["tools"] == forced["tools"]
        assert free["parallel_tool_calls"] is parallel


def test_a_forced_function_that_does_not_exist_is_not_forced_again(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("nonsense")]), Reply(text="Sorry."))
    assert begin(client, assistant, ask(client), tool_choice="required").status == "completed"
    assert [sent.get("tool_choice") for sent in provider.completions] == ["required", None]


def test_no_tool_stays_no_tool(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(tool_calls=[ToolCall("get_weather")]), Reply(text="Sunny."))
    run = begin(client, assistant, ask(client), tool_choice="none")
    answer(client, run)
    assert [sent.get("tool_choice") for sent in provider.completions] == ["none", "none"]


def test_a_forced_tool_of_a_model_without_tool_calls_is_called_once(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    refusal = Reply(status=400, body={"error": {"message": "this model does not support tools"}})
    call = Reply(text=json.dumps({"tool": "get_weather", "arguments": {}}))
    provider.enqueue(refusal, call, Reply(text="Sunny."))
    run = begin(client, assistant, ask(client), model="scripted-toolless", tool_choice="required")
    assert answer(client, run).status == "completed"
    assert "response_format" not in provider.completions[-1]


class Listener(AssistantEventHandler):
    """Joins the arguments that are streamed, by call, and notes the calls that are complete."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments: dict[int, str] = {}
        self.done: list[tuple[str, str]] = []

    def on_tool_call_done(self, tool_call: Any) -> None:
        self.done.append((tool_call.function.name, tool_call.function.arguments))

    def on_run_step_delta(self, delta: Any, snapshot: Any) -> None:
        details = delta.step_details
        for call in details.tool_calls or [] if details.type == "tool_calls" else []:
            known = self.arguments.get(call.index, "")
            self.arguments[call.index] = known + (call.function.arguments or "")


def streamed(client: OpenAI, assistant: Assistant, thread: str) -> tuple[Run, dict[int, str]]:
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=thread, assistant_id=assistant.id, event_handler=listener
    ) as stream:
        stream.until_done()
    assert stream.current_run is not None
    return stream.current_run, listener.arguments


@pytest.mark.parametrize(
    ("pieces", "seen"),
    [
        ([""], "{}"),
        ([None], "{}"),
        (["   "], "{}"),
        (["\n", "\t"], "{}"),
        (["null"], "{}"),
        (["nu", "ll", " "], "{}"),
        (["None"], "{}"),
        ([{}], "{}"),
        ([[]], "{}"),
        ([" ", '{"a": ', "1}"], ' {"a": 1}'),
        (["n", "ope"], "nope"),
        (["{}"], "{}"),
        ([BROKEN], BROKEN),
    ],
)
def test_the_client_gets_one_value_everywhere_and_json_for_nothing(
    client: OpenAI,
    assistant: Assistant,
    provider: ScriptedProvider,
    pieces: list[Any],
    seen: str,
) -> None:
    rest = [fragment(piece, None) for piece in pieces[1:]]
    deltas = [fragment(pieces[0], id="call_1"), *rest]
    provider.enqueue(Reply(deltas=deltas, finish_reason="tool_calls"), Reply(text="Fine."))
    run, arguments = streamed(client, assistant, ask(client))
    assert arguments == {0: seen}
    assert run.required_action is not None
    [asked] = run.required_action.submit_tool_outputs.tool_calls
    [step] = steps_of(client, run)
    [stored] = calls_of(step)
    assert asked.function.arguments == stored.function.arguments == seen
    run = answer(client, run)
    assert run.status == "completed"
    [call] = provider.completions[-1]["messages"][-2]["tool_calls"]
    [kept] = calls_of(steps_of(client, run)[0])
    assert kept.function.arguments == seen
    if seen == BROKEN:
        # The model sees what it wrote, as the text of an object.
        assert json.loads(call["function"]["arguments"]) == {"invalid_arguments": BROKEN}
    elif seen.strip().startswith("{"):
        assert call["function"]["arguments"] == seen


@pytest.mark.parametrize("mixed", [False, True])
def test_a_call_is_complete_before_the_next_one_begins(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, mixed: bool
) -> None:
    def place(number: int, arguments: str, name: str | None = None) -> dict[str, Any]:
        head = {"index": number, "id": f"call_{number}"} if name else {"index": number}
        return fragment(arguments, name, **head)

    heads = [place(0, "", "get_ip"), place(1, "", "get_weather"), place(2, " ", "get_time")]
    rest = [place(1, '{"a": '), place(1, "1}")]
    deltas = [*heads, *rest] if mixed else [*heads[:2], *rest, heads[2]]
    tools: Any = [{"type": "function", "function": {"name": name}} for name in NAMES]
    provider.enqueue(Reply(deltas=deltas, finish_reason="tool_calls"))
    listener = Listener()
    with client.beta.threads.runs.stream(
        thread_id=ask(client), assistant_id=assistant.id, tools=tools, event_handler=listener
    ) as stream:
        stream.until_done()
    arguments = ["{}", '{"a": 1}', "{}"]
    assert listener.done == list(zip(NAMES, arguments, strict=True))
    run = stream.current_run
    assert run is not None
    assert run.required_action is not None
    asked = run.required_action.submit_tool_outputs.tool_calls
    assert [call.function.arguments for call in asked] == arguments
    assert [call.function.arguments for call in calls_of(steps_of(client, run)[0])] == arguments


async def test_the_asynchronous_client_gets_json_for_nothing(
    aclient: AsyncOpenAI, provider: ScriptedProvider
) -> None:
    assistant = await aclient.beta.assistants.create(
        model=MODEL, tools=[{"type": "function", "function": {"name": "get_ip"}}]
    )
    provider.enqueue(Reply(deltas=[fragment("", "get_ip")], finish_reason="stop"))
    run = await aclient.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "My address?"}]},
        poll_interval_ms=20,
    )
    assert run.required_action is not None
    [call] = run.required_action.submit_tool_outputs.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_ip", "{}")


@pytest.mark.parametrize("gap", [{}, {"id": ""}, {"id": None}])
def test_parallel_calls_without_ids_are_answered_one_by_one(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, gap: Any
) -> None:
    cities = [json.dumps({"location": city}) for city in ("Oslo", "Rome", "Bonn")]
    deltas = [fragment(arguments, **gap) for arguments in cities]
    provider.enqueue(Reply(deltas=deltas, finish_reason="tool_calls"), Reply(text="Mild."))
    run = begin(client, assistant, ask(client))
    assert run.required_action is not None
    calls = run.required_action.submit_tool_outputs.tool_calls
    assert [call.function.arguments for call in calls] == cities
    assert len({call.id for call in calls}) == 3
    outputs = [{"tool_call_id": call.id, "output": f"{n}"} for n, call in enumerate(calls)]
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=run.thread_id,
        tool_outputs=outputs,  # type: ignore[arg-type]
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    results = provider.completions[-1]["messages"][-3:]
    assert [row["content"] for row in results] == ["0", "1", "2"]


def test_ids_that_a_server_uses_again_are_unique_within_the_run_and_the_prompt(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    same = [fragment("{}", id="call_0"), fragment("{}", id="call_0")]
    thread = ask(client)
    for _ in range(2):
        provider.enqueue(
            Reply(deltas=same, finish_reason="tool_calls"),
            Reply(deltas=same[:1], finish_reason="tool_calls"),
            Reply(text="Fine."),
        )
        run = answer(client, answer(client, begin(client, assistant, thread)))
        assert run.status == "completed"
        shown = [step for step in steps_of(client, run) if step.type == "tool_calls"]
        ids = [call.id for step in shown for call in calls_of(step)]
        assert len(set(ids)) == len(ids) == 3
        assert ids[0] == "call_0"  # the server's own, which it may need back


def test_a_name_that_no_server_accepts_is_not_sent_back(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    odd = [fragment("{}", name, index=place) for place, name in enumerate(["a.b c", "x" * 80])]
    provider.enqueue(Reply(deltas=odd, finish_reason="tool_calls"), Reply(text="Sorry."))
    assert begin(client, assistant, ask(client)).status == "completed"
    calls = provider.completions[-1]["messages"][-3]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["a_b_c", "x" * 64]


CUT = [{"content": "Let me save. "}, fragment('{"text": "aaa', id="call_1")]


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("reason", ["length", "content_filter", "error"])
def test_a_call_that_was_cut_harms_no_later_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, reason: str, before: int
) -> None:
    provider.enqueue(Reply(deltas=CUT[1 - before :], finish_reason=reason))
    thread = ask(client)
    run, arguments = streamed(client, assistant, thread)
    assert arguments == {0: '{"text": "aaa'}
    assert run.status == ("incomplete" if reason == "length" else "failed")
    step = steps_of(client, run)[-1]
    assert step.status == "failed"
    assert step.last_error is not None
    [call] = calls_of(step)
    assert call.function.arguments == arguments[0]
    if reason == "length":
        assert "in the middle of a tool call" in step.last_error.message
    client.beta.threads.messages.create(thread, role="user", content="Go on.")
    provider.enqueue(Reply(text="Done."))
    assert begin(client, assistant, thread).status == "completed"
    roles = [message["role"] for message in provider.completions[-1]["messages"]]
    assert roles == ["system", "user", *["assistant"] * before, "user"]


def test_a_call_whose_writing_was_cancelled_harms_no_later_run(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(deltas=[*CUT, fragment("b", None)], gate_after=2))
    thread = ask(client)
    run = client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    # After the text, the call has a step of its own.
    wait_until(lambda: len(steps_of(client, run)) == 2)
    client.beta.threads.runs.cancel(run.id, thread_id=thread)
    run = client.beta.threads.runs.poll(run.id, thread_id=thread, poll_interval_ms=20)
    assert run.status == "cancelled"
    step = steps_of(client, run)[-1]
    assert step.status == "cancelled"
    [call] = calls_of(step)
    assert call.function.arguments == '{"text": "aaa'
    provider.release()
    client.beta.threads.messages.create(thread, role="user", content="Go on.")
    assert begin(client, assistant, thread).status == "completed"
    assert reply_of(client, thread) == "Hello there, how can I help?"


def test_calls_that_never_got_their_outputs_are_not_shown(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = ask(client)
    provider.enqueue(Reply(text="Let me look.", tool_calls=[ToolCall("get_weather")] * 2))
    run = begin(client, assistant, thread)
    client.beta.threads.runs.cancel(run.id, thread_id=thread)
    client.beta.threads.messages.create(thread, role="user", content="Go on.")
    assert begin(client, assistant, thread).status == "completed"
    last = provider.completions[-1]["messages"]
    assert [message["content"] for message in last[1:]] == ["Hi", "Let me look.", "Go on."]


def test_a_fork_shows_the_calls_of_its_origin(
    client: OpenAI, assistant: Assistant, provider: ScriptedProvider, site: LiveSite
) -> None:
    thread = ask(client)
    provider.enqueue(
        Reply(text="Let me look.", tool_calls=[ToolCall("get_weather")]), Reply(text="Sunny.")
    )
    answer(client, begin(client, assistant, thread))
    before = provider.completions[-1]["messages"]
    fork = fork_of(site, thread)
    client.beta.threads.messages.create(fork, role="user", content="And now?")
    assert begin(client, assistant, fork).status == "completed"
    last = [("assistant", "Sunny."), ("user", "And now?")]
    shown = provider.completions[-1]["messages"]
    assert shown[: len(before)] == before
    assert [(row["role"], row["content"]) for row in shown[len(before) :]] == last
    # A fork in the middle of the run ends before the call.
    first = client.beta.threads.messages.list(thread, order="asc").data[1].id
    fork = fork_of(site, thread, first)
    assert begin(client, assistant, fork).status == "completed"
    assert [row["content"] for row in provider.completions[-1]["messages"][1:]] == [
        "Hi",
        "Let me look.",
    ]
