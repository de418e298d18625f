"""Text deltas and their annotations, as the handlers of the SDK's helpers see them."""

from dataclasses import dataclass
from typing import Any

import pytest
from openai import AssistantEventHandler, OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Message, Text, TextDelta

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite
from tests.sdk.steps import answered, ask, search_call, upload

MARK = "【0:0†harbour.txt】"
HARBOUR = "The harbour of Zyxwv was built in 1907."
ODD = f"😀 {MARK} 図 【0:0 【注】 {MARK}{MARK} It's 𝔞𝔟𝔠 sandbox:/mnt/data/gone.txt s {MARK}"


@pytest.fixture(scope="session", autouse=True)
def indexer(site: LiveSite) -> None:
    """Start the site's indexer."""
    if not site.indexers:
        site.start_indexer()


@dataclass(frozen=True)
class Place:
    """A thread in which a search has found the chunk that `MARK` cites."""

    thread: str
    assistant: Assistant


@pytest.fixture
def place(client: OpenAI, provider: ScriptedProvider) -> Place:
    store = client.vector_stores.create()
    client.vector_stores.file_batches.create_and_poll(
        vector_store_id=store.id,
        file_ids=[upload(client, "harbour.txt", HARBOUR)],
        poll_interval_ms=50,
    )
    function: Any = {"type": "function", "function": {"name": "f"}}
    assistant = client.beta.assistants.create(
        model=MODEL,
        tools=[{"type": "file_search"}, function],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    thread = ask(client)
    provider.enqueue(search_call("harbour"), Reply(text="Found."))
    answered(client, assistant, thread)
    return Place(thread, assistant)


class Handler(AssistantEventHandler):
    """Does what the vendor's quickstart does with deltas, and keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.written = ""
        self.deltas: list[TextDelta] = []
        self.annotations: list[dict[str, Any]] = []
        self.snapshots: list[Text] = []
        self.run = ""

    def on_event(self, event: Any) -> None:
        if event.event == "thread.run.created":
            self.run = event.data.id

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        assert delta.value is not None
        self.written += delta.value
        self.deltas.append(delta)
        for annotation in delta.annotations or []:
            assert annotation.text is not None
            assert delta.value.endswith(annotation.text)
            whole = annotation.to_dict()
            assert whole.pop("index") == len(self.annotations)
            self.annotations.append(whole)
            assert snapshot.value[annotation.start_index : annotation.end_index] == annotation.text
        assert len(snapshot.annotations) == len(self.annotations)

    def on_text_done(self, text: Text) -> None:
        self.snapshots.append(text)


def streamed(client: OpenAI, place: Place, *, stop: ScriptedProvider | None = None) -> Handler:
    """Stream a run, and cancel it once the provider's reply is held, if there's one to `stop`."""
    handler = Handler()
    with client.beta.threads.runs.stream(
        thread_id=place.thread, assistant_id=place.assistant.id, event_handler=handler
    ) as stream:
        if stop:
            stop.wait_held()
            for _ in stream:
                if handler.written.endswith(" and"):
                    break
            client.beta.threads.runs.cancel(handler.run, thread_id=place.thread)
        stream.until_done()
    return handler


def newest(client: OpenAI, place: Place) -> Message:
    return client.beta.threads.messages.list(place.thread, limit=1).data[0]


def check(handler: Handler, message: Message, text: str, marks: int) -> None:
    """Fail unless the deltas add up to the stored message, with this text and these annotations."""
    part = message.content[0]
    assert part.type == "text"
    assert handler.deltas[0].annotations == [] or text.startswith("【")
    assert handler.written == part.text.value == text
    assert handler.annotations == [one.to_dict() for one in part.text.annotations]
    assert len(handler.annotations) == marks
    for one in part.text.annotations:
        assert text[one.start_index : one.end_index] == one.text


WHOLE = {
    "in words": (Reply(text=f"In 1907 {MARK} it was."), f"In 1907 {MARK} it was.", 1),
    "in characters": (Reply(chunks=list(ODD)), ODD, 4),
    "at once": (Reply(chunks=[ODD]), ODD, 4),
    "first": (Reply(chunks=[MARK, " it was."]), f"{MARK} it was.", 1),
    "never closed": (
        Reply(chunks=["A 【0:0†harb", "our.txt and so on"]),
        "A 【0:0†harbour.txt and so on",
        0,
    ),
    "citing nothing": (Reply(text="A 【7:0†harbour.txt】"), "A 【7:0†harbour.txt】", 0),
    "the end of a link": (Reply(text="At sandbox:/mnt/data/x"), "At sandbox:/mnt/data/x", 0),
}


@pytest.mark.parametrize("how", WHOLE)
def test_each_annotation_is_in_the_delta_with_its_text(
    client: OpenAI, place: Place, provider: ScriptedProvider, how: str
) -> None:
    reply, text, marks = WHOLE[how]
    provider.enqueue(reply)
    handler = streamed(client, place)
    message = newest(client, place)
    assert message.status == "completed"
    check(handler, message, text, marks)
    [snapshot] = handler.snapshots
    assert snapshot.value == text
    assert len(snapshot.annotations) == marks


CUT = ["In 1907", f" {MARK} and【0:0†har", "bour.txt】."]
CUT_SHORT = {
    "length": Reply(chunks=CUT[:2], finish_reason="length"),
    "content_filter": Reply(chunks=CUT[:2], finish_reason="content_filter"),
    "the connection": Reply(chunks=CUT, drop_after=2),
    "an error": Reply(chunks=CUT, error_after=2),
    "cancelling": Reply(chunks=CUT, gate_after=2),
}


@pytest.mark.parametrize("how", CUT_SHORT)
def test_text_that_is_held_back_is_never_lost(
    client: OpenAI, place: Place, provider: ScriptedProvider, how: str
) -> None:
    provider.enqueue(CUT_SHORT[how])
    handler = streamed(client, place, stop=provider if how == "cancelling" else None)
    message = newest(client, place)
    assert message.status == "incomplete"
    check(handler, message, "".join(CUT[:2]), 1)


def test_a_tool_call_ends_the_text_before_it(
    client: OpenAI, place: Place, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(chunks=CUT[:2], tool_calls=[ToolCall("f", id="call_1")]))
    handler = streamed(client, place)
    check(handler, newest(client, place), "".join(CUT[:2]), 1)


def test_a_refusal_ends_the_text_before_it(
    client: OpenAI, place: Place, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(chunks=CUT[:2], refusal="I won't."))
    handler = streamed(client, place)
    message = newest(client, place)
    check(handler, message, "".join(CUT[:2]), 1)
    assert message.content[1].to_dict() == {"type": "refusal", "refusal": "I won't."}
