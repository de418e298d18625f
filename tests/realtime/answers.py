"""A run that thinks, runs code and writes a message, in the database and in the event log."""

import json
from typing import Any

from django.utils import timezone

from assistants_app.domain.ids import new_id
from assistants_app.events import publish
from assistants_app.events.log import NewEvent
from assistants_app.models import Message, Run, RunStep
from assistants_app.realtime.hops import in_thread
from assistants_app.wire.runs.steps import (
    code_call,
    code_call_start,
    code_input_delta,
    code_result,
    logs_output,
    message_creation_details,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import message_delta, text_delta, text_part
from tests.cast import Cast, make_run

RESULT = code_result("ok", seconds=1.25)


class Answer:
    """A run. Each method does what a worker does. While the log is `away`, events go to `lost`."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.away = False
        self.lost: list[NewEvent] = []
        self.text = ""
        self.code = ""
        self.thought = ""
        self.reasoning_id = ""
        self.run: Run
        self.message: Message
        self.message_step: RunStep
        self.code_step: RunStep

    async def begin(self) -> None:
        await in_thread(self._begin)

    async def think(self, text: str) -> None:
        self.thought += text
        data = json.dumps({"id": self.reasoning_id, "text": text})
        await self._publish(NewEvent("playground.reasoning.delta", self.run.id, data))

    async def open_code(self, text: str) -> None:
        await in_thread(self._open_code)
        start = code_call_start(0, "call_1")
        await self._publish(publish.step_grew(self.code_step.id, self.run.id, start))
        await self.write_code(text)

    async def write_code(self, text: str) -> None:
        self.code += text
        delta = code_input_delta(0, text)
        await self._publish(publish.step_grew(self.code_step.id, self.run.id, delta))

    async def end_code(self) -> None:
        await in_thread(self._end_code)

    async def open_message(self, text: str) -> None:
        await in_thread(self._open_message)
        await self.write(text)

    async def write(self, text: str) -> None:
        self.text += text
        delta = message_delta(self.message.id, [text_delta(0, text)])
        event = NewEvent("thread.message.delta", self.run.id, json.dumps(delta))
        await self._publish(event)

    async def end(self) -> None:
        await in_thread(self._end)

    async def publish_lost(self) -> None:
        """Publish the lost events, late."""
        self.away = False
        lost, self.lost = self.lost, []
        await self._publish(*lost)

    def _begin(self) -> None:
        cast = self.cast
        self.reasoning_id = new_id("reasoning")
        self.run = make_run(cast.project, cast.thread, cast.assistant)
        created = publish.run_created(self.run)
        self.run.status, self.run.started_at = "in_progress", timezone.now()
        self.run.save()
        self._publish_now(*created, publish.run_is("in_progress", self.run))

    def _open_code(self) -> None:
        reasoning = self._reasoning()  # so far; the model may continue to think
        self.code_step = self._create_step(tool_calls_details([]), reasoning)

    def _end_code(self) -> None:
        call = code_call("call_1", self.code, [logs_output("55\n")])
        self.code_step.reasoning = self._reasoning()
        self.code_step.step_details = tool_calls_details([{**call, "result": RESULT}])
        self._complete(self.code_step)
        self._publish_now(
            publish.call_ended(self.code_step.id, 0, RESULT), publish.step_ended(self.code_step)
        )

    def _open_message(self) -> None:
        self.message = Message.objects.create(
            thread=self.cast.thread,
            role="assistant",
            status="in_progress",
            assistant_id=self.run.assistant_id,
            run_id=self.run.id,
        )
        self._publish_now(*publish.message_created(self.message))
        self.message_step = self._create_step(message_creation_details(self.message.id))

    def _end(self) -> None:
        self.message.content = [text_part(self.text)]
        self._complete(self.message)
        self._complete(self.message_step)
        self._complete(self.run)
        self._publish_now(
            publish.message_ended(self.message),
            publish.step_ended(self.message_step),
            publish.run_is("completed", self.run),
        )

    def _reasoning(self) -> dict[str, str]:
        return {"id": self.reasoning_id, "text": self.thought}

    def _create_step(
        self, details: dict[str, Any], reasoning: dict[str, str] | None = None
    ) -> RunStep:
        step = RunStep.objects.create(
            run=self.run,
            thread_id=self.run.thread_id,
            assistant_id=self.run.assistant_id,
            type=details["type"],
            step_details=details,
            reasoning=reasoning,
        )
        self._publish_now(*publish.step_created(step))
        return step

    def _complete(self, row: Message | Run | RunStep) -> None:
        row.status, row.completed_at = "completed", timezone.now()
        row.save()

    async def _publish(self, *events: NewEvent) -> None:
        await in_thread(self._publish_now, *events)

    def _publish_now(self, *events: NewEvent) -> None:
        if self.away:
            self.lost += events
        else:
            publish.publish(self.cast.thread.id, list(events))
