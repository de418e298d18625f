"""The memory of all sessions together: who ends when it is used up, and what the next call says."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistants_app.sandbox.budget import Held, machine_bytes, sessions_to_end
from assistants_app.sandbox.limits import MIB, SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.processes import usage
from tests.live import wait_until
from tests.sandbox.interpreter import Interpreter, text

MOST = 400 * MIB
HOLD_MEMORY = "held = bytearray(250 << 20)"
HOLD_FILE = "with open('/mnt/data/held', 'wb') as f:\n    f.write(bytes(250 << 20))"
HOLD_SCRATCH = "\n".join(
    f"with open('/{place}/held', 'wb') as f:\n    f.write(bytes(60 << 20))"
    for place in ("tmp", "dev/shm")
)
RESTARTED = "[The session was restarted, so variables and files from earlier calls are gone: "


def score_of(process: int) -> int:
    return int(Path(f"/proc/{process}/oom_score_adj").read_text())


def may_protect_processes() -> bool:
    """Return whether this test has CAP_SYS_RESOURCE, which root in a container may lack."""
    status = Path("/proc/self/status").read_text()
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> 24 & 1)


@pytest.fixture
def small(config: SandboxConfig) -> Iterator[LocalSandbox]:
    """A sandbox whose sessions have 400 MiB together."""
    sandbox = LocalSandbox(SandboxConfig(config.environment, memory_bytes=MOST, watch_seconds=0.05))
    yield sandbox
    sandbox.shut_down()


@pytest.mark.parametrize(
    ("sessions", "ending"),
    [
        ({}, []),
        ({"a": Held(60, 0), "b": Held(40, 9)}, []),
        ({"a": Held(60, 1), "b": Held(1, 9), "c": Held(40, 5)}, ["b"]),
        ({"a": Held(60, 1), "b": Held(1, 9), "c": Held(50, 5)}, ["b", "c"]),
        ({"a": Held(90, 0), "b": Held(30, 2)}, ["b"]),
        ({"a": Held(70, 0), "b": Held(80, 0), "c": Held(5, 2)}, ["c", "b"]),
        ({"a": Held(170, 0)}, ["a"]),
    ],
)
def test_the_longest_idle_ends_first(sessions: dict[str, Held], ending: list[str]) -> None:
    assert sessions_to_end(sessions, 100) == ending


def test_a_container_s_limit_counts() -> None:
    assert 0 < machine_bytes() <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("hold", [HOLD_MEMORY, HOLD_FILE])
def test_an_idle_session_makes_room_and_its_next_call_says_so(
    small: LocalSandbox, hold: str
) -> None:
    first, second, third = (Interpreter(small) for _ in range(3))
    first.say(hold)
    second.say("x = 2")
    third.say(hold)
    wait_until(lambda: not small.is_open(first.session_id))
    assert small.is_open(third.session_id)
    assert second.say("x") == "2"
    again = first.run("'fresh'")
    assert again.new_session
    assert text(again) == (
        f"{RESTARTED}all sessions together had reached their limit of 400 MiB of memory.]\n'fresh'"
    )
    assert first.events[-2].text.startswith(RESTARTED)
    assert first.say("1") == "1"


def test_all_places_in_memory_count(small: LocalSandbox) -> None:
    sessions = [Interpreter(small) for _ in range(4)]
    for session in sessions:
        session.say(HOLD_SCRATCH)
    wait_until(lambda: not small.is_open(sessions[0].session_id))
    assert small.is_open(sessions[3].session_id)


def test_among_busy_sessions_the_largest_ends(small: LocalSandbox) -> None:
    calm, greedy = Interpreter(small), Interpreter(small)
    calm.say("1")
    waiting = threading.Thread(target=calm.say, args=("import time; time.sleep(3); 'done'",))
    waiting.start()
    execution = greedy.run("held = bytearray(600 << 20)\nimport time; time.sleep(60)")
    assert execution.ended == "killed"
    assert execution.reason == (
        "All sessions together reached their limit of 400 MiB of memory, and this one had the most."
    )
    waiting.join()
    assert calm.events[-1].text == "'done'"


def test_an_idle_session_that_expired_says_so(config: SandboxConfig) -> None:
    sandbox = LocalSandbox(SandboxConfig(config.environment, idle_seconds=0.6, watch_seconds=0.05))
    try:
        python = Interpreter(sandbox)
        python.say("1")
        wait_until(lambda: not sandbox.is_open(python.session_id))
        assert python.say("2") == f"{RESTARTED}nothing had used it for 0.01 minutes.]\n2"
        sandbox.close(python.session_id)
        assert python.say("3") == "3"
    finally:
        sandbox.shut_down()


def test_sessions_are_the_first_to_end_when_memory_runs_out(
    begin: Callable[..., Interpreter],
) -> None:
    python = begin()
    start = "import subprocess; child = subprocess.Popen(['sleep', '60']);"
    python.say(start)
    session = python.sandbox._sessions[python.session_id]  # type: ignore[attr-defined]
    processes = usage(session.init).processes
    assert len(processes) == 3
    assert {score_of(process) for process in processes} == {1000}
    if may_protect_processes():
        lower = "open('/proc/self/oom_score_adj', 'w').write('0')"
        code = f"import sys; subprocess.run([sys.executable, '-c', {lower!r}]).returncode"
        assert python.say(code) == "1"
    assert score_of(os.getpid()) < 1000
