"""What users of the SDK's asynchronous client write; the same source for all versions."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import openai
from openai import AsyncAssistantEventHandler, AsyncAzureOpenAI, AsyncOpenAI
from told import serve

MODEL = "scripted-1"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place.",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}
QUESTION: Any = {"messages": [{"role": "user", "content": "How warm is it in Paris?"}]}
BETA: Any = {"headers": {"OpenAI-Beta": "assistants=v2"}}

client: AsyncOpenAI = (
    AsyncAzureOpenAI(api_version="2024-05-01-preview", max_retries=0)
    if sys.argv[1:] == ["azure"]
    else AsyncOpenAI(max_retries=0)
)


async def tutor(**more: Any) -> Any:
    return await client.beta.assistants.create(
        model=MODEL, name="Tutor", instructions="You are a tutor.", **more
    )


async def asked(text: str = "How warm is it in Paris?") -> Any:
    return await client.beta.threads.create(messages=[{"role": "user", "content": text}])


def outputs(run: Any) -> Any:
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": "11"} for call in calls]


async def texts(thread_id: str, **more: Any) -> list[str]:
    messages = client.beta.threads.messages.list(thread_id, order="asc", **more)
    return [message.content[0].text.value async for message in messages]  # type: ignore[union-attr]


async def assistants() -> Any:
    made = [await tutor(metadata={"n": str(n)}) for n in range(3)]
    changed = await client.beta.assistants.update(made[0].id, name="Teacher", temperature=0)
    again = await client.beta.assistants.retrieve(made[0].id)
    newest = await client.beta.assistants.list(order="desc", limit=20)
    paged = []
    async for one in client.beta.assistants.list(order="desc", limit=2):
        paged.append(one.id)
        if len(paged) == 3:
            break
    deleted = await client.beta.assistants.delete(made[0].id)
    return {
        "made": [one.id for one in made],
        "same": again == changed,
        "changed": [changed.name, changed.temperature, changed.metadata],
        "newest": [one.id for one in newest.data],
        "paged": paged,
        "deleted": [deleted.id, deleted.deleted, deleted.object],
        "left": [one.id async for one in client.beta.assistants.list(order="desc", limit=20)],
    }


async def threads_and_messages() -> Any:
    thread = await client.beta.threads.create(metadata={"a": "b"})
    first = await client.beta.threads.messages.create(thread.id, role="user", content="one")
    await client.beta.threads.messages.create(thread.id, role="assistant", content="two")
    await client.beta.threads.messages.update(first.id, thread_id=thread.id, metadata={"k": "v"})
    seen = await client.beta.threads.messages.retrieve(first.id, thread_id=thread.id)
    updated = await client.beta.threads.update(thread.id, metadata={"c": "d"})
    answer = {
        "metadata": [seen.metadata, updated.metadata],
        "same": await client.beta.threads.retrieve(thread.id) == updated,
        "texts": await texts(thread.id),
        "paged": await texts(thread.id, limit=1),
    }
    return {**answer, "deleted": (await client.beta.threads.delete(thread.id)).deleted}


async def message_deleted() -> Any:
    thread = await asked("one")
    message = await client.beta.threads.messages.create(thread.id, role="user", content="two")
    deleted = await client.beta.threads.messages.delete(message.id, thread_id=thread.id)
    return {"deleted": [deleted.deleted, deleted.object], "texts": await texts(thread.id)}


async def poll_loop() -> Any:
    thread = await asked("Solve 3x + 11 = 14")
    run = await client.beta.threads.runs.create(
        thread_id=thread.id, assistant_id=(await tutor()).id
    )
    seen = [run.status]
    while run.status in ("queued", "in_progress", "cancelling"):
        await asyncio.sleep(0.02)
        run = await client.beta.threads.runs.retrieve(run_id=run.id, thread_id=thread.id)
        seen.append(run.status)
    listed = client.beta.threads.runs.list(thread.id)
    steps = await client.beta.threads.runs.steps.list(run.id, thread_id=thread.id)
    step = await client.beta.threads.runs.steps.retrieve(
        steps.data[0].id, thread_id=thread.id, run_id=run.id
    )
    changed = await client.beta.threads.runs.update(
        run.id, thread_id=thread.id, metadata={"k": "v"}
    )
    return {
        "first": seen[0],
        "last": seen[-1],
        "texts": await texts(thread.id),
        "runs": [one.id async for one in listed] == [run.id],
        "steps": [one.type async for one in steps],
        "step": [step.status, step.usage.total_tokens if step.usage else None],
        "usage": run.usage.total_tokens if run.usage else None,
        "metadata": changed.metadata,
    }


async def poll_helpers() -> Any:
    thread = await asked()
    runs = client.beta.threads.runs
    run = await runs.create_and_poll(
        thread_id=thread.id, assistant_id=(await tutor(tools=[WEATHER])).id, poll_interval_ms=20
    )
    seen = [run.status]
    run = await runs.submit_tool_outputs_and_poll(
        thread_id=thread.id, run_id=run.id, tool_outputs=outputs(run), poll_interval_ms=20
    )
    return {"seen": [*seen, run.status], "texts": await texts(thread.id)}


async def action_loop() -> Any:
    thread = await asked()
    runs = client.beta.threads.runs
    run = await runs.create(thread_id=thread.id, assistant_id=(await tutor(tools=[WEATHER])).id)
    called = []
    while run.status in ("queued", "in_progress", "requires_action"):
        if run.status == "requires_action" and run.required_action:
            for call in run.required_action.submit_tool_outputs.tool_calls:
                called.append([call.function.name, call.function.arguments])
            run = await runs.submit_tool_outputs(
                run_id=run.id, thread_id=thread.id, tool_outputs=outputs(run)
            )
        await asyncio.sleep(0.02)
        run = await runs.retrieve(run_id=run.id, thread_id=thread.id)
    return {"called": called, "last": run.status, "texts": await texts(thread.id)}


class Listener(AsyncAssistantEventHandler):
    """Notes every callback, and answers calls within the stream as the vendor's guide does."""

    def __init__(self, heard: "dict[str, Any]") -> None:
        super().__init__()
        self.heard = heard

    async def on_event(self, event: Any) -> None:
        self.heard.setdefault("events", []).append(event.event)
        if event.event == "thread.run.requires_action":
            async with client.beta.threads.runs.submit_tool_outputs_stream(
                run_id=event.data.id,
                thread_id=event.data.thread_id,
                tool_outputs=outputs(event.data),
                event_handler=Listener(self.heard),
            ) as stream:
                await stream.until_done()

    async def on_text_created(self, text: Any) -> None:
        self.heard.setdefault("created", []).append(text.value)

    async def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.heard["text"] = self.heard.get("text", "") + delta.value
        assert snapshot.value.endswith(delta.value)

    async def on_text_done(self, text: Any) -> None:
        self.heard.setdefault("done", []).append(text.value)

    async def on_tool_call_created(self, tool_call: Any) -> None:
        self.heard.setdefault("calls", []).append(tool_call.function.name)

    async def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        self.heard["arguments"] = self.heard.get("arguments", "") + delta.function.arguments

    async def on_tool_call_done(self, tool_call: Any) -> None:
        self.heard["call_done"] = tool_call.function.arguments

    async def on_message_done(self, message: Any) -> None:
        self.heard.setdefault("messages", []).append(message.status)

    async def on_run_step_done(self, run_step: Any) -> None:
        self.heard.setdefault("steps", []).append([run_step.type, run_step.status])

    async def on_exception(self, exception: Exception) -> None:
        self.heard["exception"] = repr(exception)

    async def on_end(self) -> None:
        self.heard["ended"] = self.heard.get("ended", 0) + 1


async def stream() -> Any:
    heard: dict[str, Any] = {}
    async with client.beta.threads.runs.stream(
        thread_id=(await asked()).id, assistant_id=(await tutor()).id, event_handler=Listener(heard)
    ) as running:
        await running.until_done()
    heard["run"] = (await running.get_final_run()).status
    heard["final"] = (await running.get_final_messages())[0].content[0].text.value  # type: ignore[union-attr]
    heard["final_steps"] = [step.type for step in await running.get_final_run_steps()]
    return heard


async def stream_with_calls() -> Any:
    heard: dict[str, Any] = {}
    thread = await asked()
    async with client.beta.threads.runs.stream(
        thread_id=thread.id,
        assistant_id=(await tutor(tools=[WEATHER])).id,
        event_handler=Listener(heard),
    ) as running:
        await running.until_done()
    return {**heard, "texts": await texts(thread.id)}


async def text_deltas() -> Any:
    async with client.beta.threads.runs.stream(
        thread_id=(await asked()).id, assistant_id=(await tutor()).id
    ) as running:
        return "".join([text async for text in running.text_deltas])


async def plain_events() -> Any:
    events = await client.beta.threads.runs.create(
        thread_id=(await asked()).id, assistant_id=(await tutor()).id, stream=True
    )
    return [event.event async for event in events]


async def at_once() -> Any:
    threads, assistant = client.beta.threads, await tutor()
    run = await threads.create_and_run(assistant_id=assistant.id, thread=QUESTION)
    first = await threads.runs.poll(run.id, run.thread_id, poll_interval_ms=20)
    second = await threads.create_and_run_poll(
        assistant_id=assistant.id, thread=QUESTION, poll_interval_ms=20
    )
    heard: dict[str, Any] = {}
    async with threads.create_and_run_stream(
        assistant_id=assistant.id, thread=QUESTION, event_handler=Listener(heard)
    ) as running:
        await running.until_done()
    return {
        "ends": [first.status, second.status, (await running.get_final_run()).status],
        "texts": [await texts(first.thread_id), await texts(second.thread_id)],
        "begins": heard["events"][:2],
        "text": heard["text"],
    }


async def cancelled() -> Any:
    thread = await asked()
    runs = client.beta.threads.runs
    run = await runs.create_and_poll(
        thread_id=thread.id, assistant_id=(await tutor(tools=[WEATHER])).id, poll_interval_ms=20
    )
    answer = await runs.cancel(run.id, thread_id=thread.id)
    last = await runs.poll(run.id, thread.id, poll_interval_ms=20)
    return {"seen": [run.status, last.status], "answer": answer.status, "at": last.cancelled_at}


async def cancelled_midway() -> Any:
    thread = await asked()
    heard: dict[str, Any] = {}
    async with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=(await tutor()).id, event_handler=Listener(heard)
    ) as running:
        async for event in running:
            if event.event == "thread.message.delta" and "answer" not in heard:
                run = running.current_run
                assert run
                answer = await client.beta.threads.runs.cancel(run.id, thread_id=thread.id)
                heard["answer"] = answer.status
    heard["run"] = (await running.get_final_run()).status
    return heard


async def left_early() -> Any:
    thread = await asked()
    async with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=(await tutor()).id
    ) as running:
        async for event in running:
            if event.event == "thread.message.delta":
                break
        run = running.current_run
    assert run
    last = await client.beta.threads.runs.poll(run.id, thread.id, poll_interval_ms=20)
    return {"last": last.status, "texts": await texts(thread.id)}


async def failed() -> Any:
    heard: dict[str, Any] = {}
    async with client.beta.threads.runs.stream(
        thread_id=(await asked()).id, assistant_id=(await tutor()).id, event_handler=Listener(heard)
    ) as running:
        await running.until_done()
    error = (await running.get_final_run()).last_error
    return {"code": error.code if error else None, "last": heard["events"][-1]}


async def raw_answers() -> Any:
    raw = await client.beta.assistants.with_raw_response.create(model=MODEL)
    made: Any = raw.parse()
    async with client.beta.assistants.with_streaming_response.retrieve(made.id) as answer:
        body: Any = await answer.parse()
    return {
        "status": raw.http_response.status_code,
        "same": body == made,
        "headers": [raw.headers["x-request-id"], raw.headers["openai-processing-ms"]],
    }


async def errors() -> Any:
    async def error_of(call: Any) -> Any:
        try:
            await call
        except openai.APIStatusError as error:
            seen = [type(error).__name__, error.status_code, error.param, error.code, error.message]
            return [*seen, error.type, error.response.headers["x-request-id"] == error.request_id]

    stranger = client.with_options(api_key="sk-wrong")
    thread = await asked()
    return {
        "unknown": await error_of(client.beta.assistants.retrieve("asst_nobody")),
        "range": await error_of(tutor(temperature=3)),
        "missing": await error_of(
            client.post("/assistants", cast_to=object, body={}, options=BETA)
        ),
        "key": await error_of(stranger.models.list()),
        "run": await error_of(
            client.beta.threads.runs.create(thread.id, assistant_id="asst_nobody")
        ),
    }


async def header_forgotten() -> Any:
    try:
        await client.get("/assistants", cast_to=object)
    except openai.BadRequestError as error:
        return [error.status_code, error.code, error.message]


async def two_assistants() -> Any:
    writer, critic = await tutor(), await tutor()
    first = await client.beta.threads.create_and_run_poll(
        assistant_id=writer.id, thread=QUESTION, poll_interval_ms=20
    )
    newest = await client.beta.threads.messages.list(first.thread_id, order="desc", limit=1)
    thread = await asked(newest.data[0].content[0].text.value)  # type: ignore[union-attr]
    await client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=critic.id, poll_interval_ms=20
    )
    return await texts(thread.id)


def _run(runner: asyncio.Runner, task: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return runner.run(task())


if __name__ == "__main__":
    TASKS = [assistants, threads_and_messages, message_deleted, poll_loop, poll_helpers]
    TASKS += [action_loop, stream, stream_with_calls, text_deltas, plain_events, at_once]
    TASKS += [
        cancelled,
        cancelled_midway,
        left_early,
        failed,
        raw_answers,
        errors,
        header_forgotten,
        two_assistants,
    ]
    with asyncio.Runner() as runner:
        serve({task.__name__: partial(_run, runner, task) for task in TASKS})
