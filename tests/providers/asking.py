"""Helpers of the provider tests: build requests and take answers apart."""

from collections.abc import Iterable, Iterator
from typing import Any

from assistants_app.event_loop import process_loop
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.chat import (
    ChatDelta,
    ChatRequest,
    Finished,
    StopSignal,
    TextDelta,
    ToolCallDelta,
)
from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.deltas import DeltaReader, EventSplitter
from assistants_app.providers.endpoint import Endpoint
from tests.fakes.provider import ScriptedProvider

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def endpoint(provider: ScriptedProvider, **options: Any) -> Endpoint:
    values = {"name": "Scripted", "base_url": provider.base_url, "api_key": "secret-key"}
    return Endpoint(**(values | options))


def request(**options: Any) -> ChatRequest:
    values = {"model": "scripted-1", "messages": [{"role": "user", "content": "Hi"}], "tools": []}
    return ChatRequest(**(values | options))


class Answer(Iterator[ChatDelta]):
    """A model's answer, read on the process's event loop, one delta after another."""

    def __init__(
        self,
        model: ChatModel,
        asked: ChatRequest,
        *,
        stop: StopSignal | None = None,
        record: CallRecord | None = None,
    ) -> None:
        self._stream = model.stream(asked, stop=stop or StopSignal(), record=record)

    def __next__(self) -> ChatDelta:
        async def following() -> ChatDelta | None:
            return await anext(self._stream, None)

        if (delta := process_loop.run(following())) is None:
            raise StopIteration
        return delta

    def close(self) -> None:
        """Read no further."""
        process_loop.run(self._stream.aclose())


def deltas(model: ChatModel, asked: ChatRequest) -> list[ChatDelta]:
    return list(Answer(model, asked))


def read_chunks(reader: DeltaReader, chunks: Iterable[bytes]) -> list[ChatDelta]:
    """Return the deltas of a stream that arrives in these chunks."""
    return [delta for chunk in chunks for delta in reader.feed(chunk)] + list(reader.end())


def sse_data(chunks: Iterable[bytes]) -> list[bytes]:
    """Return the data of the server-sent events in these chunks."""
    splitter = EventSplitter()
    return [data for chunk in chunks for data in splitter.feed(chunk)] + splitter.end()


def text(received: list[ChatDelta]) -> str:
    return "".join(delta.text for delta in received if isinstance(delta, TextDelta))


def calls(received: list[ChatDelta]) -> dict[int, tuple[str | None, str]]:
    """Return name and arguments of each call by its index."""
    found: dict[int, tuple[str | None, str]] = {}
    for delta in received:
        if isinstance(delta, ToolCallDelta):
            name, arguments = found.get(delta.index, (None, ""))
            found[delta.index] = (delta.name or name, arguments + delta.arguments)
    return found


def finished(received: list[ChatDelta]) -> Finished:
    last = received[-1]
    assert isinstance(last, Finished)
    return last
