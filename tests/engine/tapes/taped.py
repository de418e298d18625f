"""A thread with a function, code and a search that was recorded, and runs on its tape."""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from assistants_app.domain.search import SearchHit
from assistants_app.models import Message, Run, RunStep, Tape, Thread
from assistants_app.sandbox.protocol import Execution, FileInfo, InputFile, Output
from assistants_app.services.runs import requests
from assistants_app.services.runs.tapes import record_tape
from assistants_app.wire.runs.runs import ToolOutputsParams
from tests.cast import Cast, make_file, make_run
from tests.engine.carrying_out import execute
from tests.engine.messages import say
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CODE, SEARCH = {"type": "code_interpreter"}, {"type": "file_search"}
TOOLS = [WEATHER, CODE, SEARCH]
# No program that reads or writes JSON may change a byte of it.
ODD = '{"t": 1.0,\r\n "ä": "\\u00e4\u2028\u007f", "x": 1e400}  '


@dataclass
class Interpreter:
    """An interpreter host whose sessions are dicts.

    Its code can call `draw(data)`, `save(name, data)` and `read(name)`.
    """

    ran: list[str] = field(default_factory=list)
    given: list[list[str]] = field(default_factory=list)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def execute(
        self,
        session_id: str,
        code: str,
        *,
        files: Sequence[InputFile],
        on_event: Callable[[Output], None] | None,
        **_: object,
    ) -> Execution:
        self.ran.append(code)
        self.given.append(sorted(file.name for file in files))
        is_new = session_id not in self.sessions
        names = self.sessions.setdefault(session_id, {})
        for file in files:
            self.files[file.name] = b"".join(file.open())
        outputs: list[Output] = []
        changed: list[FileInfo] = []

        def save(name: str, data: bytes) -> None:
            self.files[name] = data
            changed.append(FileInfo(name, len(data), sha256(data).hexdigest()))

        names |= {
            "draw": lambda data: outputs.append(Output("image", data=data)),
            "save": save,
            "read": lambda name: self.files[name],
        }
        error, printed = None, io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(code, names)  # noqa: S102 - the code is in the test
            except Exception as problem:  # noqa: BLE001 - as a session does
                error = repr(problem)
        for output in [Output("logs", printed.getvalue()), *outputs]:
            if on_event and (output.text or output.data):
                on_event(output)
        return Execution(
            outputs, is_new, "error" if error else "ok", error=error, changed_files=changed
        )

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        yield self.files[name]


def hit(text: str, start: int = 0) -> SearchHit:
    """A chunk that a search found."""
    return SearchHit(
        1, "vs_1", "file-rain", "rain.txt", 0, text, start, start + len(text), 2, "Rain", 0.5
    )


def call(name: str, arguments: str) -> Reply:
    """A reply that calls a tool."""
    return Reply(tool_calls=[ToolCall(name, arguments)])


def calls_of(run: Run) -> list[dict[str, Any]]:
    """The tool calls of a run, in their order."""
    steps = RunStep.objects.filter(run=run, type="tool_calls").order_by("pk")
    return [item for step in steps for item in step.step_details["tool_calls"]]


def notes_of(run: Run) -> list[Any]:
    """What the calls of a run say about its tape."""
    return [item.get("result", {}).get("tape") for item in calls_of(run)]


def reply_of(run: Run) -> str:
    """The text of the run's last message."""
    message = Message.objects.filter(run_id=run.id).order_by("pk").last()
    assert message, run.last_error
    return str(message.content[-1]["text"]["value"])


def shown_outputs(scripted: ScriptedProvider) -> list[str]:
    """The outputs of tools in the last request to the model."""
    messages = scripted.completions[-1]["messages"]
    return [str(message["content"]) for message in messages if message["role"] == "tool"]


@dataclass
class Taped:
    """Recorded runs, and what carries out others on their tape."""

    cast: Cast
    scripted: ScriptedProvider

    def thread(self) -> Thread:
        return Thread.objects.create(project=self.cast.project)

    def run(
        self, thread: Thread, *replies: Reply, answers: Sequence[str] = (), **columns: Any
    ) -> Run:
        """Ask a question, let the model reply so, and answer its functions in their order."""
        run = make_run(
            self.cast.project, thread, self.cast.assistant, **{"tools": TOOLS, **columns}
        )
        say(run, "What is the weather?")
        self.scripted.enqueue(*replies)
        execute(run.id)
        for answer in answers:
            run.refresh_from_db()
            self.answer(run, answer)
        run.refresh_from_db()
        return run

    def answer(self, run: Run, output: str) -> None:
        """Give the call that the run waits for this output."""
        [waiting] = run.required_action["submit_tool_outputs"]["tool_calls"]
        given = [{"tool_call_id": waiting["id"], "output": output}]
        requests.submit_tool_outputs(
            project=self.cast.project,
            thread_id=run.thread_id,
            run_id=run.id,
            params=ToolOutputsParams.model_validate({"tool_outputs": given}),
        )
        execute(run.id)

    def record(self, *runs: Run) -> Tape:
        return record_tape(project=self.cast.project, run_ids=[run.id for run in runs])

    def replay(
        self, tape: Tape | None, *replies: Reply, thread: Thread | None = None, **policy: Any
    ) -> Run:
        """Let the model reply so in a run on the tape."""
        return self.run(thread or self.thread(), *replies, tape=tape, tape_policy=policy)

    def attach(self, thread: Thread, name: str, data: bytes) -> str:
        """Attach a file for the thread's code."""
        file = make_file(self.cast.project, data, filename=name)
        thread.tool_resources = {"code_interpreter": {"file_ids": [file.id]}}
        thread.save(update_fields=["tool_resources"])
        return file.id
