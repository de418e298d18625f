"""One answer of the model as it streams in."""

from collections.abc import Iterable, Mapping

from assistants_app.engine.calls import ToolCalls
from assistants_app.engine.reasoning import Reasoning
from assistants_app.engine.reply import Reply
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
from assistants_app.services.runs.progress import Progress
from assistants_app.services.runs.provider_calls import AttributedCall


class Turn:
    """One model call, whose deltas become a message, tool calls, or both.

    `images` are the ids of figures that the message begins with, if the model writes one.
    """

    def __init__(self, run: Run, stop: StopSignal, images: Iterable[str] = ()) -> None:
        self.run = run
        self.reply = Reply(run, images)
        self.calls = ToolCalls(run, stop)
        self.record = CallRecord()
        self._reasoning = Reasoning(run)
        self._step_ids: list[str] = []

    def take(self, deltas: Iterable[ChatDelta]) -> Finished:
        """Publish the deltas as they come, and return how the model ended."""
        try:
            return self._dispatch(deltas)
        finally:
            # Reasoning may still grow after its step was opened, and may be all that there is.
            if reasoning := self._reasoning.value():
                (self.calls.step or self.reply.step or self.run).reasoning = reasoning

    def _dispatch(self, deltas: Iterable[ChatDelta]) -> Finished:
        for delta in deltas:
            match delta:
                case TextDelta(text=text):
                    self._write("text", text)
                case RefusalDelta(text=text):
                    self._write("refusal", text)
                case ToolCallDelta():
                    self._call(delta)
                case ReasoningDelta(text=text):
                    self._reasoning.write(text)
                case Finished():
                    return delta
        raise AssertionError("a provider's stream ends with Finished or an exception")

    def _write(self, kind: str, text: str) -> None:
        # Text after a call is dropped: the vendor's runs never had a message after its calls.
        if text and self.calls.step is None:
            self.open_message()
            self.reply.write(kind, text)

    def _call(self, delta: ToolCallDelta) -> None:
        if not self.calls.accepts(delta):
            return
        if self.calls.step is None:
            self._close_message()
            self._step_ids.append(self.calls.open(self._reasoning.value()).id)
        self.calls.write(delta)

    def _close_message(self) -> None:
        if self.reply.step is not None:
            self.reply.step.reasoning = self._reasoning.value() or self.reply.step.reasoning
            self.reply.close()
            self._reasoning.clear()

    def open_message(self) -> tuple[Message, RunStep]:
        """Return the message and its step, which are created if the turn has none yet."""
        if self.reply.step is None:
            self._step_ids.append(self.reply.open(self._reasoning.value()).id)
            self.run.reasoning = None
        assert self.reply.message is not None
        assert self.reply.step is not None
        return self.reply.message, self.reply.step

    def progress(self, usage: Mapping[str, int] | None = None) -> Progress:
        """Return what the turn has produced, to be written down once. Takes the model call."""
        return Progress(
            texts=self.reply.texts(),
            calls=self.calls.by_step(),
            usage=usage or {},
            model_call=self.take_model_call(),
        )

    def unfinished(self) -> Progress:
        """Return what is left of a turn that was stopped. Takes the model call.

        Without calls of functions alone: their application will not be asked for outputs.
        """
        return Progress(
            texts=self.reply.texts(),
            calls=self.calls.by_step() if self.calls.any_built_in else {},
            model_call=self.take_model_call(),
        )

    def take_model_call(self) -> AttributedCall | None:
        """Return the model call with its steps the first time, and None afterwards.

        It is stored with the first write that follows it. None also before it was made.
        """
        call, self.record = self.record.call(), CallRecord()
        return None if call is None else AttributedCall(call, self._step_ids)
