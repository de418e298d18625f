"""One answer of the model as it streams in: deltas out to the log, rows at their turning points."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from assistants_app.domain.ids import new_id
from assistants_app.events import publish
from assistants_app.models import Message, Run, RunStep
from assistants_app.providers.chat_model import (
    ChatDelta,
    Finished,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
)
from assistants_app.queries.connections import release_connection
from assistants_app.services import run_life
from assistants_app.wire.messages import refusal_part, text_part
from assistants_app.wire.run_steps import function_call, function_call_start


@dataclass(slots=True)
class _Call:
    """A function call while its arguments stream in. `index` is its place in the step."""

    index: int
    id: str
    name: str
    arguments: str = ""


class Turn:
    """Takes one stream of deltas. Afterwards `message` or `calls` is what the model came to."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.message: Message | None = None
        self.message_step: RunStep | None = None
        self.calls_step: RunStep | None = None
        self._calls: dict[int, _Call] = {}
        self._parts: list[tuple[str, list[str]]] = []

    def take(self, deltas: Iterable[ChatDelta]) -> Finished:
        """Write the deltas out as they come, and return how the model ended."""
        for delta in deltas:
            match delta:
                case TextDelta(text=text):
                    self._write("text", text)
                case RefusalDelta(text=text):
                    self._write("refusal", text)
                case ToolCallDelta():
                    self._call(delta)
                case Finished():
                    return delta
                case _:
                    pass  # reasoning is not part of a message
        raise AssertionError("a provider's stream ends with Finished or an exception")

    def content(self) -> list[dict[str, Any]]:
        """The message's content so far."""
        return [
            text_part("".join(pieces)) if kind == "text" else refusal_part("".join(pieces))
            for kind, pieces in self._parts
        ]

    def texts(self) -> dict[str, list[dict[str, Any]]]:
        """The content so far of the message that is still open, by its id."""
        return {self.message.id: self.content()} if self.message else {}

    def calls(self) -> list[dict[str, Any]]:
        """The function calls, without outputs, in the order in which they began."""
        return [
            function_call(call.id, call.name, call.arguments, None) for call in self._calls.values()
        ]

    def open_message(self) -> tuple[Message, RunStep]:
        """The message that the turn writes, begun if it was not."""
        if self.message is None or self.message_step is None:
            self.message, self.message_step = run_life.open_message(run=self.run)
            self.message_step.first_token_at = timezone.now()
            release_connection()
        return self.message, self.message_step

    def _write(self, kind: str, text: str) -> None:
        if not text or self.calls_step is not None:
            return
        message, _ = self.open_message()
        if not self._parts or self._parts[-1][0] != kind:
            self._parts.append((kind, []))
        self._parts[-1][1].append(text)
        more = publish.more_text if kind == "text" else publish.more_refusal
        more(self.run.thread_id, self.run.id, message.id, len(self._parts) - 1, text)

    def _call(self, delta: ToolCallDelta) -> None:
        if delta.index not in self._calls and self._calls and not self.run.parallel_tool_calls:
            return  # some models do not know that they were asked for one call at a time
        call = self._calls.get(delta.index) or self._begin_call(delta)
        if delta.arguments:
            call.arguments += delta.arguments
            assert self.calls_step is not None
            publish.more_arguments(
                self.run.thread_id, self.run.id, self.calls_step.id, call.index, delta.arguments
            )

    def _begin_call(self, delta: ToolCallDelta) -> _Call:
        if self.calls_step is None:
            self._close_message()
            self.calls_step = run_life.open_tool_calls(run=self.run)
            self.calls_step.first_token_at = timezone.now()
            release_connection()
        call = _Call(len(self._calls), delta.id or new_id("call"), delta.name or "")
        self._calls[delta.index] = call
        start = function_call_start(call.index, call.id, call.name)
        publish.publish(
            self.run.thread_id, [publish.step_grew(self.calls_step.id, self.run.id, start)]
        )
        return call

    def _close_message(self) -> None:
        if self.message is not None and self.message_step is not None:
            run_life.close_message(
                run=self.run,
                message=self.message,
                step=self.message_step,
                content=self.content(),
            )
            self.message = self.message_step = None
