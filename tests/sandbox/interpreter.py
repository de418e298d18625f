"""A sandbox session with short methods for tests."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import Execution, InputFile, Output, Sandbox, StopSignal

_numbers = itertools.count()


@dataclass
class Interpreter:
    """One session; all of its calls have the same limits."""

    sandbox: Sandbox
    limits: Limits = field(default_factory=Limits)
    session_id: str = field(default_factory=lambda: f"thread_{next(_numbers)}")
    events: list[Output] = field(default_factory=list)

    def run(
        self, code: str, *, files: Sequence[InputFile] = (), stop: StopSignal | None = None
    ) -> Execution:
        """Run a cell and return its execution, failed or not."""
        return self.sandbox.execute(
            self.session_id,
            code,
            files=files,
            limits=self.limits,
            on_event=self.events.append,
            stop=stop or threading.Event(),
        )

    def say(self, code: str) -> str:
        """Run a cell that must succeed, and return its text."""
        execution = self.run(code)
        assert execution.ended == "ok", execution
        return text(execution)


def text(execution: Execution) -> str:
    """Return the text of logs and shown values."""
    return "".join(output.text for output in execution.outputs)


def file_of(name: str, content: bytes) -> InputFile:
    """Return an input file with this content."""
    return InputFile(name, len(content), sha256(content).hexdigest(), lambda: iter([content]))
