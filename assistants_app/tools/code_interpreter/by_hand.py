"""Run code that a person typed in a thread's session. No model sees it, and it is not stored."""

import contextlib
import time
from collections.abc import Iterator

from redis.exceptions import RedisError

from assistants_app import conf
from assistants_app.models import Run
from assistants_app.redis_client import client
from assistants_app.sandbox.protocol import Execution
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.hosts import HOST_PATIENCE, limits, sandbox
from assistants_app.tools.code_interpreter.inputs import record_inputs
from assistants_app.tools.code_interpreter.names import input_file

GRACE = 10.0  # seconds beyond its own limit after which a call is stopped in any case
LOOK_SECONDS = 0.2  # between two checks whether someone stopped the call
STOP_SECONDS = 60  # for which a stop is kept, in case the call begins later


class _PersonStop:
    """A ``StopSignal`` that is set when a person stops the call, or after `seconds`."""

    def __init__(self, key: str, seconds: float) -> None:
        self._key = key
        self._end = time.monotonic() + seconds
        self._next_look = 0.0

    def is_set(self) -> bool:
        now = time.monotonic()
        # The sandbox asks far more often than Redis should be asked.
        if now > self._next_look:
            self._next_look = now + LOOK_SECONDS
            with contextlib.suppress(RedisError):
                if client().exists(self._key):
                    self._end = now
        return now >= self._end


def run_by_hand(run: Run, code: str, *, call: str) -> Execution:
    """Run `code` in the session of the run's thread, with the same files as the run's own code.

    `call` is the name of this one call, under which :func:`stop_by_hand` finds it. Ends in bounded
    time, even if it has to wait for the run's code. Raises the errors of ``Sandbox.execute``, and
    OSError if the files cannot be read.
    """
    inputs = record_inputs(run)
    with _stop_signal(_stop_key(run.thread_id, call)) as stop:
        execution = sandbox().execute(
            run.thread_id,
            code,
            files=[input_file(name, file) for name, file in inputs.items()],
            limits=limits(),
            on_event=None,
            stop=stop,
        )
    # The model must learn that the variables of its earlier calls are gone.
    if execution.new_session:
        code_sessions.record_session_of_person(thread_id=run.thread_id)
    return execution


def stop_by_hand(thread_id: str, call: str) -> None:
    """Interrupt the call in whichever process it runs, or when it begins. Raises RedisError."""
    # The request to stop can overtake the request to run.
    client().set(_stop_key(thread_id, call), "stop", ex=STOP_SECONDS)


@contextlib.contextmanager
def _stop_signal(key: str) -> Iterator[_PersonStop]:
    try:
        yield _PersonStop(key, HOST_PATIENCE + conf.CODE_SECONDS + GRACE)
    finally:
        with contextlib.suppress(RedisError):
            client().delete(key)


def _stop_key(thread_id: str, call: str) -> str:
    return f"code:{{{thread_id}}}:{call}"
