"""What code costs: begin of a session, a call, a figure, memory, and many sessions at once.

`python -m tests.bench.sandbox` measures this alone.
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.processes import usage
from tests.bench.measures import Row
from tests.live import ROOT
from tests.sandbox.interpreter import Interpreter

_PLOT = "import matplotlib.pyplot as plt\nplt.plot(range({}));"
_SESSIONS = 50
_MIB = 1 << 20


def sandbox() -> list[Row]:
    """The rows of the sandbox, in about a minute."""
    cold = _median(_cold, 5)
    backend = _backend()
    try:
        return [
            ("sandbox: cold, to the first result", f"{cold:.0f} ms", "< 1,500 ms"),
            *_warm(backend),
            *_many(backend),
        ]
    finally:
        backend.shut_down()


def _backend() -> LocalSandbox:
    return LocalSandbox(SandboxConfig(environment=ROOT / ".sandbox"))


def _cold() -> None:
    backend = _backend()
    Interpreter(backend).say("1 + 1")
    # The end is not what is measured, and takes a few milliseconds.
    backend.shut_down()


def _warm(backend: LocalSandbox) -> list[Row]:
    Interpreter(backend).say("1 + 1")
    begin = _median(lambda: Interpreter(backend).say("1 + 1"), 20)
    python = Interpreter(backend)
    python.say(_PLOT.format(2))
    call = _median(lambda: python.say("1 + 1"), 100)
    plot = _median(lambda: python.say(_PLOT.format(100)), 20)
    return [
        ("sandbox: new session to the first result", f"{begin:.0f} ms", "< 150 ms"),
        ("sandbox: warm call", f"{call:.1f} ms", "< 10 ms"),
        ("sandbox: figure with PNG", f"{plot:.0f} ms", "< 200 ms"),
    ]


def _many(backend: LocalSandbox) -> list[Row]:
    for session_id in list(backend._sessions):
        backend.close(session_id)
    sessions = [Interpreter(backend) for _ in range(_SESSIONS)]
    ready = threading.Barrier(_SESSIONS)

    def work(python: Interpreter) -> None:
        ready.wait()
        python.say("import pandas\npandas.DataFrame({'a': range(1000)}).sum()")

    with ThreadPoolExecutor(_SESSIONS) as pool:
        took = _milliseconds(lambda: list(pool.map(work, sessions)))
    held = [usage(session.init).memory_bytes() for session in backend._sessions.values()]
    idle = statistics.mean(held) / _MIB
    return [
        (f"sandbox: {_SESSIONS} sessions at once, all answered", f"{took / 1000:.1f} s", ""),
        (f"sandbox: PSS per idle session, {_SESSIONS} of them", f"{idle:.1f} MiB", "< 25 MiB"),
    ]


def _median(action: Callable[[], object], times: int) -> float:
    return statistics.median(_milliseconds(action) for _ in range(times))


def _milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.stdout.writelines(f"| {' | '.join(row)} |\n" for row in sandbox())
