"""The interface between the engine and the models of an endpoint."""

from collections.abc import AsyncGenerator, Set
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from assistants_app.event_loop import process_loop
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.chat import (
    ChatDelta,
    ChatRequest,
    Finished,
    RefusalDelta,
    StopSignal,
    TextDelta,
    Usage,
)
from assistants_app.providers.endpoint import ModelInfo


class ChatModel(Protocol):
    """The models of one endpoint.

    Streams are read on the process's event loop. The other methods can be called from any other
    thread.
    """

    def stream(
        self, request: ChatRequest, *, stop: StopSignal, record: CallRecord | None = None
    ) -> AsyncGenerator[ChatDelta, None]:
        """Yield the deltas of the answer as they arrive, with :class:`Finished` as the last one.

        `record` records the call as it goes over the wire. Raises ``RunFailure`` for problems that
        a person must solve, and ``RunStopped`` once `stop` is set.
        """

    def list_models(self, *, timeout: float = 10.0) -> list[ModelInfo]:
        """Return the endpoint's models. Raises ``RunFailure``."""

    def refused(self, model: str) -> Set[str]:
        """Return the fields of :class:`Features` that the model turned out not to have."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, with the `finish_reason` and the usage of :class:`Finished`."""

    text: str
    refusal: str
    finish_reason: str
    usage: Usage


def whole_answer(
    model: ChatModel,
    request: ChatRequest,
    *,
    stop: StopSignal,
    record: CallRecord | None = None,
) -> Answer:
    """Wait for the answer and return it. Tool calls in it are ignored.

    Raises like :meth:`ChatModel.stream`. Must not be called on the process's event loop.
    """
    return process_loop.run(_whole_answer(model, request, stop, record))


def whole_text(model: ChatModel, request: ChatRequest, *, stop: StopSignal) -> tuple[str, Usage]:
    """Wait for the answer and return its text, or "" if it was cut off, and what it has used.

    Raises like :meth:`ChatModel.stream`. Must not be called on the process's event loop.
    """
    answer = whole_answer(model, request, stop=stop)
    return answer.text if answer.finish_reason == "stop" else "", answer.usage


async def _whole_answer(
    model: ChatModel, request: ChatRequest, stop: StopSignal, record: CallRecord | None
) -> Answer:
    text: list[str] = []
    refusal: list[str] = []
    # A stream without an end was cut off.
    end = Finished("length", Usage(0, 0))
    async with aclosing(model.stream(request, stop=stop, record=record)) as deltas:
        async for delta in deltas:
            match delta:
                case TextDelta():
                    text.append(delta.text)
                case RefusalDelta():
                    refusal.append(delta.text)
                case Finished():
                    end = delta
    return Answer("".join(text), "".join(refusal), end.reason, end.usage)
