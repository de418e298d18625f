"""A turn: one reply of the model while it streams in."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from assistants_app.engine.calls import ToolCalls
from assistants_app.engine.reasoning import Reasoning
from assistants_app.engine.reply import Reply
from assistants_app.events.writer import writer
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
from assistants_app.tools.hops import services


class Turn:
    """One model call. Its deltas become a message, tool calls, or both."""

    def __init__(self, run: Run, stop: StopSignal) -> None:
        self.run = run
        self.stop = stop
        self.reply = Reply(run)
        self.calls = ToolCalls(run, stop)
        self.record = CallRecord()
        self._reasoning = Reasoning(run)
        self._step_ids: list[str] = []

    async def take(self, deltas: AsyncGenerator[ChatDelta, None]) -> Finished:
        """Publish the deltas as they arrive, and return the last one."""
        try:
            async with aclosing(deltas):
                return await self._dispatch(deltas)
        finally:
            # Reasoning can go on after its step was opened. If the model does nothing else, it
            # belongs to the run.
            if reasoning := self._reasoning.value():
                (self.calls.step or self.reply.step or self.run).reasoning = reasoning

    async def _dispatch(self, deltas: AsyncGenerator[ChatDelta, None]) -> Finished:
        async for delta in deltas:
            match delta:
                case TextDelta(text=text):
                    await self._write("text", text)
                case RefusalDelta(text=text):
                    await self._write("refusal", text)
                case ToolCallDelta():
                    await self._call(delta)
                case ReasoningDelta(text=text):
                    self._reasoning.write(text)
                case Finished():
                    return delta
        raise AssertionError("a provider's stream ends with Finished or an exception")

    async def _write(self, kind: str, text: str) -> None:
        # Text after a call is dropped: in OpenAI's runs, no message follows the calls of its turn.
        if not text or self.calls.step is not None:
            return
        if self.reply.writes_at_once(kind, text):
            self.reply.write(kind, text)
        else:
            await services(self._open_and_write, kind, text)

    def _open_and_write(self, kind: str, text: str) -> None:
        # The message and its first words are one write, and one chunk for each reader.
        with writer.gathering():
            self.open_message()
            self.reply.write(kind, text)

    async def _call(self, delta: ToolCallDelta) -> None:
        if not self.calls.accepts(delta):
            return
        if self.calls.writes_at_once(delta):
            self.calls.write(delta)
        else:
            await services(self._open_and_call, delta)

    def _open_and_call(self, delta: ToolCallDelta) -> None:
        with writer.gathering():
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
        """Return the turn's message and step, and create them first if there are none yet."""
        if self.reply.step is None:
            self._step_ids.append(self.reply.open(self._reasoning.value()).id)
            self.run.reasoning = None
        assert self.reply.message is not None
        assert self.reply.step is not None
        return self.reply.message, self.reply.step

    def progress(self, usage: Mapping[str, int] | None = None) -> Progress:
        """Return what the turn has produced. Takes the model call, so it is stored once."""
        self.reply.finish()
        return Progress(
            texts=self.reply.texts(),
            calls=self.calls.by_step(),
            usage=usage or {},
            opened=self.reply.opened(),
            model_call=self.take_model_call(),
        )

    def take_model_call(self) -> AttributedCall | None:
        """Return the model call with its steps once, and None before it was made or afterwards.

        The first write after the call stores it.
        """
        call, self.record = self.record.call(), CallRecord()
        return None if call is None else AttributedCall(call, self._step_ids)
