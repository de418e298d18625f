"""One answer of the model as it streams in: deltas out to the log, rows at their turning points."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from assistants_app.domain.errors import ToolError
from assistants_app.domain.ids import new_id
from assistants_app.domain.tools import FUNCTION
from assistants_app.engine.annotations import annotations_of
from assistants_app.events import publish
from assistants_app.models import Message, Run, RunStep
from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.chat import (
    ChatDelta,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    StopSignal,
    TextDelta,
    ToolCallDelta,
)
from assistants_app.queries.assistants.mocks import mocks_at_once
from assistants_app.queries.connections import release_connection
from assistants_app.services.runs import held
from assistants_app.services.runs.provider_calls import AttributedCall
from assistants_app.tools import toolbox
from assistants_app.tools.function import FunctionCall
from assistants_app.tools.tool import Call, CallSite
from assistants_app.wire.assistants.mocks import mock_of
from assistants_app.wire.threads.messages import (
    annotation_delta,
    image_part,
    refusal_part,
    text_part,
)

PARTS = {"text": text_part, "refusal": refusal_part, "image_file": image_part}


class Turn:
    """Takes one stream of deltas. Afterwards the message or the calls are what the model came to;
    if it came to nothing, what it thought is in the run.

    `images`: ids of figures that the message, if there comes one, shall begin with.
    """

    def __init__(self, run: Run, stop: StopSignal, images: Iterable[str] = ()) -> None:
        self.run = run
        self.message: Message | None = None
        self.message_step: RunStep | None = None
        self.calls_step: RunStep | None = None
        self.record = CallRecord()
        self._step_ids: list[str] = []
        self._stop = stop
        self._images = list(images)
        self._toolbox = toolbox(run)
        self._functions = {
            tool["function"]["name"] for tool in run.tools if tool["type"] == FUNCTION
        }
        self._calls: dict[int, tuple[CallSite, Call | FunctionCall]] = {}
        self._parts: list[tuple[str, list[str]]] = []
        self._reasoning_id = ""
        self._reasoned: list[str] = []

    def take(self, deltas: Iterable[ChatDelta]) -> Finished:
        """Write the deltas out as they come, and return how the model ended."""
        try:
            return self._take(deltas)
        finally:
            self._keep_reasoning()

    def _take(self, deltas: Iterable[ChatDelta]) -> Finished:
        for delta in deltas:
            match delta:
                case TextDelta(text=text):
                    self._write("text", text)
                case RefusalDelta(text=text):
                    self._write("refusal", text)
                case ToolCallDelta():
                    self._call(delta)
                case ReasoningDelta(text=text):
                    self._think(text)
                case Finished():
                    return delta
        raise AssertionError("a provider's stream ends with Finished or an exception")

    def asked(self) -> AttributedCall | None:
        """The model call that this turn is; None before it is made, and once it was given: it is
        kept with the first thing that is written of it.
        """
        call, self.record = self.record.call(), CallRecord()
        return None if call is None else AttributedCall(call, self._step_ids)

    def content(self) -> list[dict[str, Any]]:
        """The message's content so far."""
        return [PARTS[kind]("".join(pieces)) for kind, pieces in self._parts]

    def whole_content(self) -> list[dict[str, Any]]:
        """The message's content with its annotations, which are published."""
        assert self.message is not None
        content = self.content()
        for index, part in enumerate(content):
            if part["type"] != "text":
                continue
            for place, annotation in enumerate(annotations_of(self.run, part["text"]["value"])):
                part["text"]["annotations"].append(annotation)
                delta = annotation_delta(index, place, annotation)
                grown = publish.message_grew(self.message.id, self.run.id, delta)
                publish.publish(self.run.thread_id, [grown])
        return content

    def texts(self) -> dict[str, list[dict[str, Any]]]:
        """The content so far of the message that is still open, by its id."""
        return {self.message.id: self.content()} if self.message else {}

    def calls(self) -> list[dict[str, Any]]:
        """The calls as they stand now, in the order in which they began."""
        return [call.details() for _, call in self._calls.values()]

    def open_calls(self) -> dict[str, list[dict[str, Any]]]:
        """The calls so far of a step with calls that this server carries out, by its id."""
        return {self.calls_step.id: self.calls()} if self.calls_step and self.has_own_calls else {}

    @property
    def has_own_calls(self) -> bool:
        """Whether there are calls that this server carries out."""
        return any(not isinstance(call, FunctionCall) for _, call in self._calls.values())

    def carry_out_calls(self) -> dict[str, str]:
        """Carry out the calls of built-in tools; what the model is told of each, by its id."""
        shown_to_model: dict[str, str] = {}
        for site, call in self._calls.values():
            if isinstance(call, FunctionCall):
                continue
            try:
                shown_to_model[call.id] = call.carry_out(site)
            except ToolError as error:
                shown_to_model[call.id] = f"Error: {error.message}"
        return shown_to_model

    def answer_by_mocks(self) -> None:
        """Answer the calls of functions whose mocks answer at once for this run."""
        mocks = mocks_at_once(self.run)
        for site, call in self._calls.values():
            if isinstance(call, FunctionCall) and (mock := mocks.get(call.name)):
                call.answer_by(site, mock_of(mock.definition))

    def open_message(self) -> tuple[Message, RunStep]:
        """The message that the turn writes, begun if it was not."""
        if self.message is None or self.message_step is None:
            self.message, self.message_step = held.open_message(
                run=self.run, reasoning=self._reasoning()
            )
            self.message_step.first_token_at, self.run.reasoning = timezone.now(), None
            self._step_ids.append(self.message_step.id)
            release_connection()
            self._show_images(self.message)
        return self.message, self.message_step

    def _show_images(self, message: Message) -> None:
        for file_id in self._images:
            part = {"index": len(self._parts), **image_part(file_id)}
            grown = publish.message_grew(message.id, self.run.id, part)
            publish.publish(self.run.thread_id, [grown])
            self._parts.append(("image_file", [file_id]))
        self._images = []

    def _write(self, kind: str, text: str) -> None:
        if not text or self.calls_step is not None:
            return
        message, _ = self.open_message()
        if not self._parts or self._parts[-1][0] != kind:
            self._parts.append((kind, []))
        self._parts[-1][1].append(text)
        more = publish.more_text if kind == "text" else publish.more_refusal
        more(self.run.thread_id, self.run.id, message.id, len(self._parts) - 1, text)

    def _think(self, text: str) -> None:
        """Reasoning is no part of a message: it is kept with the step that comes of it, and with
        the run if none does.
        """
        self._reasoning_id = self._reasoning_id or new_id("reasoning")
        self._reasoned.append(text)
        publish.more_reasoning(self.run.thread_id, self.run.id, self._reasoning_id, text)

    def _keep_reasoning(self) -> None:
        if self._reasoned:
            (self.calls_step or self.message_step or self.run).reasoning = self._reasoning()

    def _reasoning(self) -> dict[str, str] | None:
        if not self._reasoned:
            return None
        return {"id": self._reasoning_id, "text": "".join(self._reasoned)}

    def _call(self, delta: ToolCallDelta) -> None:
        if delta.index not in self._calls:
            if self._calls and not self.run.parallel_tool_calls:
                return  # some models do not know that they were asked for one call at a time
            self._begin_call(delta)
        site, call = self._calls[delta.index]
        if delta.arguments:
            call.write(site, delta.arguments)

    def _begin_call(self, delta: ToolCallDelta) -> None:
        if self.calls_step is None:
            self._close_message()
            self.calls_step = held.open_tool_calls(run=self.run, reasoning=self._reasoning())
            self.calls_step.first_token_at = timezone.now()
            self._step_ids.append(self.calls_step.id)
            release_connection()
        site = CallSite(self.run, self.calls_step.id, len(self._calls), self._stop)
        call = self._new_call(delta.id or new_id("call"), delta.name or "")
        self._calls[delta.index] = site, call
        grown = publish.step_grew(site.step_id, self.run.id, call.start(site.index))
        publish.publish(self.run.thread_id, [grown])

    def _new_call(self, call_id: str, name: str) -> Call | FunctionCall:
        if name not in self._functions and (tool := self._toolbox.get(name)):
            return tool.begin(call_id)
        return FunctionCall(call_id, name, known=name in self._functions)

    def _close_message(self) -> None:
        if self.message is not None and self.message_step is not None:
            self._keep_reasoning()
            held.close_message(
                run=self.run,
                message=self.message,
                step=self.message_step,
                content=self.whole_content(),
            )
            self.message = self.message_step = None
            self._parts = []
            self._reasoning_id, self._reasoned = "", []
