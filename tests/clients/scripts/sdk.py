"""What users of the SDK's synchronous client write; the same source for all versions."""

import sys
import time
from typing import Any

import openai
from openai import AssistantEventHandler, AzureOpenAI, OpenAI
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

client: OpenAI = (
    AzureOpenAI(api_version="2024-05-01-preview", max_retries=0)
    if sys.argv[1:] == ["azure"]
    else OpenAI(max_retries=0)
)


def tutor(**more: Any) -> Any:
    return client.beta.assistants.create(
        model=MODEL, name="Tutor", instructions="You are a tutor.", **more
    )


def asked(text: str = "How warm is it in Paris?") -> Any:
    return client.beta.threads.create(messages=[{"role": "user", "content": text}])


def outputs(run: Any) -> Any:
    calls = run.required_action.submit_tool_outputs.tool_calls
    return [{"tool_call_id": call.id, "output": "11"} for call in calls]


def texts(thread_id: str, **more: Any) -> list[str]:
    messages = client.beta.threads.messages.list(thread_id, order="asc", **more)
    return [message.content[0].text.value for message in messages]  # type: ignore[union-attr]


def assistants() -> Any:
    made = [tutor(metadata={"n": str(n)}) for n in range(3)]
    changed = client.beta.assistants.update(made[0].id, name="Teacher", temperature=0)
    again = client.beta.assistants.retrieve(made[0].id)
    newest = client.beta.assistants.list(order="desc", limit=20)
    paged = []
    for one in client.beta.assistants.list(order="desc", limit=2):
        paged.append(one.id)
        if len(paged) == 3:
            break
    deleted = client.beta.assistants.delete(made[0].id)
    return {
        "made": [one.id for one in made],
        "same": again == changed,
        "changed": [changed.name, changed.temperature, changed.metadata],
        "newest": [one.id for one in newest.data],
        "paged": paged,
        "deleted": [deleted.id, deleted.deleted, deleted.object],
        "left": [one.id for one in client.beta.assistants.list(order="desc", limit=20)],
    }


def threads_and_messages() -> Any:
    thread = client.beta.threads.create(metadata={"a": "b"})
    first = client.beta.threads.messages.create(thread.id, role="user", content="one")
    client.beta.threads.messages.create(thread.id, role="assistant", content="two")
    client.beta.threads.messages.update(first.id, thread_id=thread.id, metadata={"k": "v"})
    seen = client.beta.threads.messages.retrieve(first.id, thread_id=thread.id)
    updated = client.beta.threads.update(thread.id, metadata={"c": "d"})
    answer = {
        "metadata": [seen.metadata, updated.metadata],
        "same": client.beta.threads.retrieve(thread.id) == updated,
        "texts": texts(thread.id),
        "paged": texts(thread.id, limit=1),
    }
    return {**answer, "deleted": client.beta.threads.delete(thread.id).deleted}


def message_deleted() -> Any:
    thread = asked("one")
    message = client.beta.threads.messages.create(thread.id, role="user", content="two")
    deleted = client.beta.threads.messages.delete(message.id, thread_id=thread.id)
    return {"deleted": [deleted.deleted, deleted.object], "texts": texts(thread.id)}


def poll_loop() -> Any:
    thread = asked("Solve 3x + 11 = 14")
    run = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=tutor().id)
    seen = [run.status]
    while run.status in ("queued", "in_progress", "cancelling"):
        time.sleep(0.02)
        run = client.beta.threads.runs.retrieve(run_id=run.id, thread_id=thread.id)
        seen.append(run.status)
    listed = client.beta.threads.runs.list(thread.id)
    steps = client.beta.threads.runs.steps.list(run.id, thread_id=thread.id)
    step = client.beta.threads.runs.steps.retrieve(
        steps.data[0].id, thread_id=thread.id, run_id=run.id
    )
    changed = client.beta.threads.runs.update(run.id, thread_id=thread.id, metadata={"k": "v"})
    return {
        "first": seen[0],
        "last": seen[-1],
        "texts": texts(thread.id),
        "runs": [one.id for one in listed] == [run.id],
        "steps": [one.type for one in steps],
        "step": [step.status, step.usage.total_tokens if step.usage else None],
        "usage": run.usage.total_tokens if run.usage else None,
        "metadata": changed.metadata,
    }


def poll_helpers() -> Any:
    thread = asked()
    runs = client.beta.threads.runs
    run = runs.create_and_poll(
        thread_id=thread.id, assistant_id=tutor(tools=[WEATHER]).id, poll_interval_ms=20
    )
    seen = [run.status]
    run = runs.submit_tool_outputs_and_poll(
        thread_id=thread.id, run_id=run.id, tool_outputs=outputs(run), poll_interval_ms=20
    )
    return {"seen": [*seen, run.status], "texts": texts(thread.id)}


def action_loop() -> Any:
    thread = asked()
    runs = client.beta.threads.runs
    run = runs.create(thread_id=thread.id, assistant_id=tutor(tools=[WEATHER]).id)
    called = []
    while run.status in ("queued", "in_progress", "requires_action"):
        if run.status == "requires_action" and run.required_action:
            for call in run.required_action.submit_tool_outputs.tool_calls:
                called.append([call.function.name, call.function.arguments])
            run = runs.submit_tool_outputs(
                run_id=run.id, thread_id=thread.id, tool_outputs=outputs(run)
            )
        time.sleep(0.02)
        run = runs.retrieve(run_id=run.id, thread_id=thread.id)
    return {"called": called, "last": run.status, "texts": texts(thread.id)}


class Listener(AssistantEventHandler):
    """Notes every callback, and answers calls within the stream as the vendor's guide does."""

    def __init__(self, heard: "dict[str, Any]") -> None:
        super().__init__()
        self.heard = heard

    def on_event(self, event: Any) -> None:
        self.heard.setdefault("events", []).append(event.event)
        if event.event == "thread.run.requires_action":
            with client.beta.threads.runs.submit_tool_outputs_stream(
                run_id=event.data.id,
                thread_id=event.data.thread_id,
                tool_outputs=outputs(event.data),
                event_handler=Listener(self.heard),
            ) as stream:
                stream.until_done()

    def on_text_created(self, text: Any) -> None:
        self.heard.setdefault("created", []).append(text.value)

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.heard["text"] = self.heard.get("text", "") + delta.value
        assert snapshot.value.endswith(delta.value)

    def on_text_done(self, text: Any) -> None:
        self.heard.setdefault("done", []).append(text.value)

    def on_tool_call_created(self, tool_call: Any) -> None:
        self.heard.setdefault("calls", []).append(tool_call.function.name)

    def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        self.heard["arguments"] = self.heard.get("arguments", "") + delta.function.arguments

    def on_tool_call_done(self, tool_call: Any) -> None:
        self.heard["call_done"] = tool_call.function.arguments

    def on_message_done(self, message: Any) -> None:
        self.heard.setdefault("messages", []).append(message.status)

    def on_run_step_done(self, run_step: Any) -> None:
        self.heard.setdefault("steps", []).append([run_step.type, run_step.status])

    def on_exception(self, exception: Exception) -> None:
        self.heard["exception"] = repr(exception)

    def on_end(self) -> None:
        self.heard["ended"] = self.heard.get("ended", 0) + 1


def stream() -> Any:
    heard: dict[str, Any] = {}
    with client.beta.threads.runs.stream(
        thread_id=asked().id, assistant_id=tutor().id, event_handler=Listener(heard)
    ) as running:
        running.until_done()
    heard["run"] = running.get_final_run().status
    heard["final"] = running.get_final_messages()[0].content[0].text.value  # type: ignore[union-attr]
    heard["final_steps"] = [step.type for step in running.get_final_run_steps()]
    return heard


def stream_with_calls() -> Any:
    heard: dict[str, Any] = {}
    thread = asked()
    with client.beta.threads.runs.stream(
        thread_id=thread.id,
        assistant_id=tutor(tools=[WEATHER]).id,
        event_handler=Listener(heard),
    ) as running:
        running.until_done()
    return {**heard, "texts": texts(thread.id)}


def text_deltas() -> Any:
    with client.beta.threads.runs.stream(thread_id=asked().id, assistant_id=tutor().id) as running:
        return "".join(running.text_deltas)


def plain_events() -> Any:
    events = client.beta.threads.runs.create(
        thread_id=asked().id, assistant_id=tutor().id, stream=True
    )
    return [event.event for event in events]


def at_once() -> Any:
    threads, assistant = client.beta.threads, tutor()
    run = threads.create_and_run(assistant_id=assistant.id, thread=QUESTION)
    first = threads.runs.poll(run.id, run.thread_id, poll_interval_ms=20)
    second = threads.create_and_run_poll(
        assistant_id=assistant.id, thread=QUESTION, poll_interval_ms=20
    )
    heard: dict[str, Any] = {}
    with threads.create_and_run_stream(
        assistant_id=assistant.id, thread=QUESTION, event_handler=Listener(heard)
    ) as running:
        running.until_done()
    return {
        "ends": [first.status, second.status, running.get_final_run().status],
        "texts": [texts(first.thread_id), texts(second.thread_id)],
        "begins": heard["events"][:2],
        "text": heard["text"],
    }


def cancelled() -> Any:
    thread = asked()
    runs = client.beta.threads.runs
    run = runs.create_and_poll(
        thread_id=thread.id, assistant_id=tutor(tools=[WEATHER]).id, poll_interval_ms=20
    )
    answer = runs.cancel(run.id, thread_id=thread.id)
    last = runs.poll(run.id, thread.id, poll_interval_ms=20)
    return {"seen": [run.status, last.status], "answer": answer.status, "at": last.cancelled_at}


def cancelled_midway() -> Any:
    thread = asked()
    heard: dict[str, Any] = {}
    with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=tutor().id, event_handler=Listener(heard)
    ) as running:
        for event in running:
            if event.event == "thread.message.delta" and "answer" not in heard:
                run = running.current_run
                assert run
                answer = client.beta.threads.runs.cancel(run.id, thread_id=thread.id)
                heard["answer"] = answer.status
    heard["run"] = running.get_final_run().status
    return heard


def left_early() -> Any:
    thread = asked()
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=tutor().id) as running:
        for event in running:
            if event.event == "thread.message.delta":
                break
        run = running.current_run
    assert run
    last = client.beta.threads.runs.poll(run.id, thread.id, poll_interval_ms=20)
    return {"last": last.status, "texts": texts(thread.id)}


def failed() -> Any:
    heard: dict[str, Any] = {}
    with client.beta.threads.runs.stream(
        thread_id=asked().id, assistant_id=tutor().id, event_handler=Listener(heard)
    ) as running:
        running.until_done()
    error = running.get_final_run().last_error
    return {"code": error.code if error else None, "last": heard["events"][-1]}


def raw_answers() -> Any:
    raw = client.beta.assistants.with_raw_response.create(model=MODEL)
    made: Any = raw.parse()
    with client.beta.assistants.with_streaming_response.retrieve(made.id) as answer:
        body: Any = answer.parse()
    return {
        "status": raw.http_response.status_code,
        "same": body == made,
        "headers": [raw.headers["x-request-id"], raw.headers["openai-processing-ms"]],
    }


def errors() -> Any:
    def error_of(call: Any) -> Any:
        try:
            call()
        except openai.APIStatusError as error:
            seen = [type(error).__name__, error.status_code, error.param, error.code, error.message]
            return [*seen, error.type, error.response.headers["x-request-id"] == error.request_id]

    stranger = client.with_options(api_key="sk-wrong")
    thread = asked()
    return {
        "unknown": error_of(lambda: client.beta.assistants.retrieve("asst_nobody")),
        "range": error_of(lambda: tutor(temperature=3)),
        "missing": error_of(
            lambda: client.post("/assistants", cast_to=object, body={}, options=BETA)
        ),
        "key": error_of(lambda: stranger.models.list()),
        "run": error_of(
            lambda: client.beta.threads.runs.create(thread.id, assistant_id="asst_nobody")
        ),
    }


def header_forgotten() -> Any:
    try:
        client.get("/assistants", cast_to=object)
    except openai.BadRequestError as error:
        return [error.status_code, error.code, error.message]


def two_assistants() -> Any:
    writer, critic = tutor(), tutor()
    first = client.beta.threads.create_and_run_poll(
        assistant_id=writer.id, thread=QUESTION, poll_interval_ms=20
    )
    reply = client.beta.threads.messages.list(first.thread_id, order="desc", limit=1).data[0]
    thread = asked(reply.content[0].text.value)  # type: ignore[union-attr]
    client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=critic.id, poll_interval_ms=20
    )
    return texts(thread.id)


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
    serve({task.__name__: task for task in TASKS})
