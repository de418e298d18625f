"""Code that uses all it can get: each is stopped at its limit with a reason, and leaves nothing."""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.processes import usage
from tests.live import wait_until
from tests.sandbox.interpreter import Interpreter, text

Begin = Callable[..., Interpreter]
MIB = 1 << 20
CATCHES_EVERYTHING = """
import time
while True:
    try:
        time.sleep(9)
    except BaseException:
        pass
"""


@pytest.fixture(autouse=True)
def check_no_leak(sandbox: LocalSandbox) -> Iterator[None]:
    """Check that the host's processes and memory are as before, and that a new session works."""
    sandbox.warm_up()
    before, memory = _process_count(), _own_memory()
    yield
    for session_id in list(sandbox._sessions):
        sandbox.close(session_id)
    fresh = Interpreter(sandbox)
    assert fresh.say("6 * 7") == "42"
    sandbox.close(fresh.session_id)
    wait_until(lambda: _process_count() <= before)
    assert _own_memory() < memory + 200 * MIB


def _process_count() -> int:
    return len(usage(os.getpid()).processes)


def _own_memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_fork_bomb_stays_within_its_processes(begin: Begin) -> None:
    python = begin(processes=20, wall_seconds=3, grace_seconds=1)
    execution = python.run("import os\nwhile True:\n    os.fork()")
    assert execution.ended in ("error", "killed")
    assert "processes" in (execution.reason or "")


def test_a_thread_storm_is_an_error_and_the_session_goes_on(begin: Begin) -> None:
    python = begin(processes=20)
    execution = python.run(
        "import threading\nend = threading.Event()\n"
        "for _ in range(1000): threading.Thread(target=end.wait, daemon=True).start()"
    )
    assert (execution.ended, execution.reason) == (
        "error",
        "The limit of 20 processes and threads was reached.",
    )
    assert python.say("end.set(); 1") == "1"


def test_one_process_gets_a_memory_error_and_the_session_goes_on(begin: Begin) -> None:
    python = begin(memory_bytes=200 * MIB)
    execution = python.run("kept = 5\nrows = bytearray(300 << 20)")
    assert execution.reason == "The memory limit of 200 MiB was reached."
    assert execution.ended == "error"
    assert python.say("kept") == "5"


def test_many_processes_share_one_memory_limit(begin: Begin) -> None:
    python = begin(memory_bytes=200 * MIB, wall_seconds=20)
    execution = python.run(
        "import os, time\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        rows = os.urandom(1) * (120 << 20); time.sleep(60); os._exit(0)\n"
        "time.sleep(60)"
    )
    assert (execution.ended, execution.reason) == (
        "killed",
        "The memory limit of 200 MiB was reached.",
    )


def test_memory_taken_between_calls_counts(begin: Begin) -> None:
    python = begin(memory_bytes=200 * MIB)
    python.say(
        "import os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(0.3); rows = b'x' * (120 << 20); time.sleep(60)\n"
    )
    wait_until(lambda: not python.sandbox.is_open(python.session_id))


def test_a_full_disk_is_an_error(begin: Begin) -> None:
    python = begin(disk_bytes=8 * MIB)
    execution = python.run("for n in range(99): open(f'{n}', 'wb').write(bytes(1 << 20))")
    assert (execution.ended, execution.reason) == ("error", "The disk limit of 8 MiB was reached.")
    assert python.say("import os\nfor n in os.listdir('.'): os.remove(n)\n1") == "1"


def test_too_many_files_are_an_error(begin: Begin) -> None:
    python = begin(disk_files=200)
    execution = python.run("for n in range(999): open(f'{n}', 'w').close()")
    assert (execution.ended, execution.reason) == ("error", "The limit of 200 files was reached.")
    assert len(execution.changed_files) == 100


@pytest.mark.parametrize("write", ["f.write(b'x' * (5 << 20))", "f.truncate(1 << 40)"])
def test_a_file_cannot_exceed_its_limit(begin: Begin, write: str) -> None:
    python = begin(file_bytes=4 * MIB)
    execution = python.run(f"f = open('f', 'wb', buffering=0)\nwhile True: {write}")
    assert (execution.ended, execution.reason) == (
        "error",
        "The limit of 4 MiB for one file was reached.",
    )


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 100_000_000)",
        "for n in range(250_000): print('x' * 400)",
        "for n in range(400_000): print('x', flush=True)",
        "import os\nfor n in range(1600): os.write(1, b'x' * 65536)",
        "import subprocess\nsubprocess.run('yes x | head -c 100000000', shell=True)",
    ],
)
def test_a_hundred_megabytes_of_print_keep_head_and_tail(begin: Begin, code: str) -> None:
    python = begin(log_bytes=100_000)
    before = _own_memory()
    execution = python.run(code + "\nprint('the end')")
    assert execution.ended == "ok", execution.reason
    said = text(execution)
    assert said.startswith("x")
    assert said.endswith("the end\n")
    assert "characters dropped" in said
    assert len(said) < 101_000
    assert _own_memory() - before < 50 * MIB


def test_a_session_that_floods_the_channel_is_killed(begin: Begin) -> None:
    python = begin(output_bytes=4 * MIB)
    flood = "import os, json\ntext = json.dumps(dict(event='logs', text='x' * 60000)).encode()\n"
    flood += (
        "frame = len(text).to_bytes(4, 'little') + bytes(4) + text\nwhile True: os.write(3, frame)"
    )
    execution = python.run(flood)
    assert (execution.ended, execution.reason) == (
        "killed",
        "The output limit of 4 MiB per call was reached.",
    )


def test_endless_values_reach_the_limit_of_outputs(python: Interpreter) -> None:
    execution = python.run("from IPython.display import display\nwhile True: display(1)")
    assert (execution.ended, execution.reason) == (
        "killed",
        "The limit of 10,000 outputs per call was reached.",
    )


def test_endless_figures_reach_the_output_limit(begin: Begin) -> None:
    python = begin(output_bytes=MIB, wall_seconds=30)
    code = "import numpy\nfrom PIL import Image\nfrom IPython.display import display\n"
    code += "pixels = numpy.random.randint(0, 255, (300, 300, 3), dtype='uint8')\n"
    execution = python.run(code + "while True: display(Image.fromarray(pixels))")
    assert "output limit" in (execution.reason or "")


def test_an_image_that_is_too_large_is_replaced_by_a_note(begin: Begin) -> None:
    python = begin(image_bytes=1000)
    said = python.say("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert "was dropped" in said


def test_an_endless_loop_is_interrupted_and_keeps_its_state(begin: Begin) -> None:
    python = begin(wall_seconds=0.5)
    execution = python.run("count = 0\nwhile True: count += 1")
    assert (execution.ended, execution.reason) == (
        "interrupted",
        "The time limit of 0.5 s was reached.",
    )
    assert (execution.error or "").rstrip().endswith("KeyboardInterrupt")
    assert "guest" not in (execution.error or "")
    assert int(python.say("count")) > 0


@pytest.mark.parametrize(
    "code",
    [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        CATCHES_EVERYTHING,
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nimport time; time.sleep(99)",
    ],
)
def test_code_that_ignores_the_interrupt_is_killed(begin: Begin, code: str) -> None:
    python = begin(wall_seconds=0.3, grace_seconds=0.3)
    execution = python.run(code)
    assert execution.ended == "killed"
    assert (execution.reason or "").startswith(
        "The time limit of 0.3 s was reached. The code ignored"
    )
    assert python.run("1").new_session


def test_cpu_is_counted_over_all_processes(begin: Begin) -> None:
    python = begin(cpu_seconds=0.6, wall_seconds=20)
    execution = python.run(
        "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
    )
    assert (execution.ended, execution.reason) == ("killed", "The CPU limit of 0.6 s was reached.")


def test_sockets_are_counted(begin: Begin) -> None:
    python = begin(sockets=100, wall_seconds=10)
    execution = python.run(
        "import socket, time\npairs = [socket.socketpair() for _ in range(100)]\ntime.sleep(60)"
    )
    assert (execution.ended, execution.reason) == (
        "killed",
        "The limit of 100 sockets was reached.",
    )


def test_killing_everything_ends_only_the_own_session(begin: Begin) -> None:
    python, other = begin(), begin()
    other.say("x = 1")
    python.run("import os, signal\nos.kill(-1, signal.SIGKILL)")
    python.run("os.kill(os.getpid(), signal.SIGKILL)")
    assert not python.sandbox.is_open(python.session_id)
    assert other.say("x") == "1"
