"""Checks in Python, run in a session of the sandbox that the replies of an experiment share."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app import conf
from assistants_app.domain.checks.check import Check, CheckError, Finding
from assistants_app.domain.checks.python_code import FILE, data, finding_in, program
from assistants_app.domain.checks.sample import Sample
from assistants_app.providers.chat import StopSignal
from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import (
    Execution,
    FileRefused,
    InputFile,
    SandboxUnavailable,
    SessionLost,
)
from assistants_app.tools.code_interpreter.hosts import close_session_of, sandbox

LONGEST_LINE = 300  # characters of an error


def session_of(of: str) -> str:
    """Return the ID of the session that these replies share."""
    return f"checks-{of}"


@dataclass(frozen=True, slots=True)
class PythonGrader:
    """Runs the code of checks. `of` names whose replies share the session, such as an experiment.

    Sessions of threads have the threads' IDs, so no thread shares it.
    """

    of: str
    stop: StopSignal

    @property
    def session_id(self) -> str:
        return session_of(self.of)

    def __call__(self, check: Check, sample: Sample, item: Mapping[str, Any]) -> Finding:
        """Run the code on the reply. Raises :class:`CheckError` if it gives no score."""
        contents = data(check.params["code"], sample, item)
        # The mark is new for each call, so no reply can print a result.
        mark = f"<{secrets.token_hex(16)}>"
        execution = self._execute(program(mark=mark), contents)
        if execution.ended != "ok" or execution.error:
            raise CheckError(_problem_of(execution))
        logs = "".join(each.text for each in execution.outputs if each.kind == "logs")
        return finding_in(logs, mark=mark)

    def close(self) -> None:
        """End the session, which is no longer needed."""
        close_session_of(self.session_id)

    def _execute(self, code: str, contents: bytes) -> Execution:
        digest = hashlib.sha256(contents).hexdigest()
        given = InputFile(FILE, len(contents), digest, lambda: iter([contents]))
        try:
            return sandbox().execute(
                self.session_id,
                code,
                files=[given],
                limits=Limits(wall_seconds=conf.CHECK_CODE_SECONDS),
                on_event=None,
                stop=self.stop,
            )
        except (SandboxUnavailable, FileRefused, SessionLost, OSError) as error:
            raise CheckError(f"The check's code couldn't run. {error}") from error


def _problem_of(execution: Execution) -> str:
    if execution.reason:
        return f"The check's code was stopped. {execution.reason}"
    # The last line of a traceback names the error.
    lines = (execution.error or "").strip().splitlines()
    last = lines[-1].strip()[:LONGEST_LINE] if lines else "It ended without a result."
    return f"The check's code failed: {last}"
