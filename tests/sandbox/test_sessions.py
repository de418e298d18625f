"""Sessions: IPython's semantics, files in and out, and isolation from each other."""

import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from assistants_app.sandbox.limits import SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from assistants_app.sandbox.protocol import FileRefused, InputFile, SandboxUnavailable, SessionLost
from tests.live import wait_until
from tests.sandbox.interpreter import Interpreter, file_of, text

Begin = Callable[..., Interpreter]


def test_the_last_expression_is_shown_and_state_is_kept(python: Interpreter) -> None:
    first = python.run("x = 3 * 4\nx")
    assert (first.ended, text(first), first.new_session) == ("ok", "12", True)
    second = python.run("print('x is', x); x + 1")
    assert [(one.kind, one.text) for one in second.outputs] == [
        ("logs", "x is 12\n"),
        ("display", "13"),
    ]
    assert not second.new_session


def test_a_semicolon_hides_the_value(python: Interpreter) -> None:
    assert python.say("5;") == ""


def test_outputs_arrive_while_the_code_runs(python: Interpreter) -> None:
    stop = threading.Event()

    class AfterFirstLine:
        def is_set(self) -> bool:
            return bool(python.events)

    execution = python.run("print('begun')\nwhile True: pass", stop=AfterFirstLine())
    assert not stop.is_set()
    assert [event.text for event in python.events] == ["begun\n"]
    assert (execution.ended, execution.reason) == ("interrupted", "The call was cancelled.")


@pytest.mark.parametrize("show", ["", "plt.show()"])
def test_a_figure_becomes_one_png(python: Interpreter, show: str) -> None:
    execution = python.run(
        f"import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.title('squares');\n{show}"
    )
    images = [output.data for output in execution.outputs if output.kind == "image"]
    assert len(images) == 1
    assert min(_size_of_png(images[0])) > 100


def test_rich_values_are_shown(python: Interpreter) -> None:
    assert python.say("import pandas\npandas.DataFrame({'a': [1, 2]})") == "   a\n0  1\n1  2"
    assert python.say("import sympy\nsympy.symbols('q') ** 2") == "q**2"
    shown = python.run("from PIL import Image\nImage.new('RGB', (3, 5))").outputs
    assert [_size_of_png(one.data) for one in shown if one.kind == "image"] == [(3, 5)]


def test_a_traceback_is_text_and_the_session_goes_on(python: Interpreter) -> None:
    execution = python.run("y = 1\ny / 0")
    assert execution.ended == "error"
    assert execution.error is not None
    assert execution.error.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "y / 0" in execution.error
    assert "\x1b" not in execution.error
    assert python.say("y") == "1"


def test_code_that_does_not_parse_is_an_error(python: Interpreter) -> None:
    assert "SyntaxError" in (python.run("def f(:").error or "")


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "exit()", "quit()"])
def test_leaving_does_not_end_the_session(python: Interpreter, code: str) -> None:
    python.say("kept = 7")
    assert python.run(code).ended in ("ok", "error")
    assert python.say("kept") == "7"


def test_output_of_programs_and_shell_commands_is_shown(python: Interpreter) -> None:
    assert python.say("import subprocess\nsubprocess.run(['echo', 'one']);") == "one\n"
    assert python.say("!echo two") == "two\n"
    code = "import multiprocessing\np = multiprocessing.Process(target=print, args=('three',))\n"
    assert python.say(code + "p.start(); p.join()") == "three\n"


def test_output_of_programs_keeps_its_place(python: Interpreter) -> None:
    code = "import subprocess\nfor n in range(20):\n"
    code += "    subprocess.run(['echo', str(n)])\n    print(n)"
    assert python.say(code) == "".join(f"{n}\n{n}\n" for n in range(20))


def test_top_level_await_works(python: Interpreter) -> None:
    assert python.say("import asyncio\nawait asyncio.sleep(0)\n'done'") == "'done'"


def test_every_promised_library_can_be_imported(python: Interpreter) -> None:
    names = (
        "numpy pandas scipy.stats sympy matplotlib PIL openpyxl docx pptx pypdf sklearn "
        "seaborn statsmodels.api tabulate"
    )
    assert python.say(f"import {', '.join(names.split())}\n'all'") == "'all'"


def test_files_whose_names_cannot_be_shown_are_named_in_the_output(python: Interpreter) -> None:
    execution = python.run("for name in ('a\\nb.csv', 'c.csv'): open(name, 'w').write('x')")
    assert [file.name for file in execution.changed_files] == ["c.csv"]
    note = execution.outputs[-1].text
    assert note.startswith("[Files that aren't kept because of their names: 'a\\nb.csv'. Rename")
    assert python.events[-1].text == note
    # It says so once, and a renamed file is kept.
    assert python.say("1;") == ""
    renamed = python.run("import os; os.rename('a\\nb.csv', 'b.csv')")
    assert [file.name for file in renamed.changed_files] == ["b.csv"]
    many = python.run("for n in range(5): open('\\t' * 150 + str(n), 'w').write('x')")
    assert "..., 2 more. Rename" in many.outputs[-1].text
    assert len(many.outputs[-1].text) < 600


def test_input_files_are_there_and_changed_files_are_reported(python: Interpreter) -> None:
    sales = file_of("sales.csv", b"month,sum\njan,3\nfeb,4\n")
    execution = python.run(
        "import pandas, os\n"
        "frame = pandas.read_csv('sales.csv')\n"
        "frame.assign(double=frame['sum'] * 2).to_csv('/mnt/data/clean.csv', index=False)\n"
        "os.makedirs('deep/er'); open('deep/er/note.txt', 'w').write('hi');",
        files=[sales],
    )
    assert execution.ended == "ok", execution
    assert [file.name for file in execution.changed_files] == ["clean.csv", "deep/er/note.txt"]
    content = b"".join(python.sandbox.read_file(python.session_id, "clean.csv"))
    assert content == b"month,sum,double\njan,3,6\nfeb,4,8\n"
    assert execution.changed_files[0].size == len(content)
    assert python.run("1", files=[sales]).changed_files == []
    again = python.run("open('clean.csv', 'a').write('x');").changed_files
    assert [file.name for file in again] == ["clean.csv"]
    listed = python.sandbox.list_files(python.session_id)
    assert [file.name for file in listed] == ["clean.csv", "sales.csv", "deep/er/note.txt"]


def test_a_large_file_is_sent_in_pieces(python: Interpreter) -> None:
    python.say("1")
    content = bytes(range(256)) * 12_000
    info = python.sandbox.write_file(python.session_id, "large.bin", [content], len(content))
    assert info.size == len(content)
    assert python.say("import os; os.path.getsize('large.bin')") == str(len(content))
    pieces = list(python.sandbox.read_file(python.session_id, "large.bin"))
    assert len(pieces) > 1
    assert b"".join(pieces) == content


def test_a_file_that_does_not_fit_is_refused_and_leaves_nothing(begin: Begin) -> None:
    python = begin(disk_bytes=4 << 20)
    python.say("1")
    with pytest.raises(FileRefused, match="No space left"):
        python.sandbox.write_file(python.session_id, "big", [b"x" * (5 << 20)], 5 << 20)
    assert python.say("import os; os.listdir('.')") == "[]"


@pytest.mark.parametrize("name", ["", "..", "../x", "/etc/x", "a//b", "a/../b", "x\ny", "x" * 300])
def test_names_outside_the_folder_are_refused(python: Interpreter, name: str) -> None:
    python.say("1")
    with pytest.raises(FileRefused):
        python.sandbox.write_file(python.session_id, name, [b"x"], 1)
    with pytest.raises(FileRefused):
        list(python.sandbox.read_file(python.session_id, name))


def test_two_sessions_share_nothing(begin: Begin) -> None:
    one, other = begin(), begin()
    one.say("mine = 1; open('/mnt/data/f', 'w').write('x'); open('/tmp/f', 'w').write('x');")
    one.say("open('/dev/shm/f', 'w').write('x');")
    assert "NameError" in (other.run("mine").error or "")
    assert other.say("import os; [os.listdir(p) for p in ('/mnt/data', '/dev/shm')]") == "[[], []]"
    assert other.say("os.path.exists('/tmp/f')") == "False"
    draw = "import random, numpy\n(random.random(), numpy.random.random())"
    assert one.say(draw) != other.say(draw)


def test_text_and_values_keep_their_order(python: Interpreter) -> None:
    execution = python.run(
        "from IPython.display import display\nfor n in range(3):\n    print(n); display(n)"
    )
    assert [one.text for one in execution.outputs] == ["0\n", "0", "1\n", "1", "2\n", "2"]


def test_text_arrives_before_a_silence(python: Interpreter) -> None:
    class AfterThird:
        def is_set(self) -> bool:
            return "2\n" in "".join(event.text for event in python.events)

    endless = "for n in range(3): print(n)\nwhile True: pass"
    assert python.run(endless, stop=AfterThird()).ended == "interrupted"


def test_a_failing_listener_ends_the_session(python: Interpreter) -> None:
    class FailsToListen(list):  # type: ignore[type-arg]
        def append(self, output: object) -> None:
            raise LookupError("no ears")

    python.events = FailsToListen()
    with pytest.raises(LookupError):
        python.run("print(1)\nwhile True: pass")
    assert not python.sandbox.is_open(python.session_id)


def test_an_input_that_cannot_be_read_leaves_no_partial_file(python: Interpreter) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise LookupError("the storage is away")

    python.say("1")
    with pytest.raises(LookupError):
        python.run("1", files=[InputFile("in.txt", 8, "d", broken)])
    assert python.say("import os; os.listdir('.')") == "[]"


def test_a_lost_session_is_replaced_and_gets_its_files_again(python: Interpreter) -> None:
    data = file_of("data.txt", b"once more")
    python.run("x = 1", files=[data])
    died = python.run("import os; os._exit(1)")
    assert died.ended == "killed"
    assert not python.sandbox.is_open(python.session_id)
    with pytest.raises(SessionLost):
        python.sandbox.list_files(python.session_id)
    again = python.run("print(open('data.txt').read(), 'x' in globals())", files=[data])
    assert (again.new_session, text(again)) == (True, "once more False\n")


def test_a_closed_session_is_closed(python: Interpreter) -> None:
    python.say("1")
    assert python.sandbox.is_open(python.session_id)
    python.sandbox.close(python.session_id)
    assert not python.sandbox.is_open(python.session_id)
    with pytest.raises(SessionLost):
        python.sandbox.write_file(python.session_id, "x", [b""], 0)


def test_idle_sessions_are_closed_and_the_oldest_makes_room(config: SandboxConfig) -> None:
    sandbox = LocalSandbox(
        SandboxConfig(config.environment, idle_seconds=1.0, max_sessions=2, watch_seconds=0.05)
    )
    try:
        first, second, third = (Interpreter(sandbox) for _ in range(3))
        for one in (first, second, third):
            one.say("1")
        assert not sandbox.is_open(first.session_id)
        assert sandbox.is_open(second.session_id)
        assert sandbox.is_open(third.session_id)
        wait_until(lambda: not sandbox.is_open(third.session_id))
    finally:
        sandbox.shut_down()


def test_the_zygote_outlives_the_thread_that_started_it(config: SandboxConfig) -> None:
    sandbox = LocalSandbox(config)
    python = Interpreter(sandbox)
    starter = threading.Thread(target=lambda: python.run("x = 1"))
    starter.start()
    starter.join()
    try:
        assert python.say("x") == "1"
        assert Interpreter(sandbox).say("2") == "2"
    finally:
        sandbox.shut_down()


def test_calls_to_one_session_run_one_after_another(python: Interpreter) -> None:
    calls = [threading.Thread(target=python.say, args=("rows = [*rows, 1]",)) for _ in range(8)]
    other = Interpreter(python.sandbox, session_id=python.session_id)
    openers = [threading.Thread(target=other.run, args=("1",)) for _ in range(4)]
    for thread in openers:
        thread.start()
    for thread in openers:
        thread.join()
    python.say("rows = []")
    for thread in calls:
        thread.start()
    for thread in calls:
        thread.join()
    assert python.say("len(rows)") == "8"


def test_a_dead_zygote_is_replaced(config: SandboxConfig) -> None:
    sandbox = LocalSandbox(config)
    python = Interpreter(sandbox)
    try:
        python.say("x = 1")
        assert sandbox._zygote is not None
        sandbox._zygote.close_quietly()
        wait_until(lambda: not sandbox.is_open(python.session_id))
        assert python.run("2").new_session
    finally:
        sandbox.shut_down()


def test_a_zygote_without_sessions_ends_and_the_next_session_starts_another(
    config: SandboxConfig,
) -> None:
    sandbox = LocalSandbox(replace(config, zygote_idle_seconds=0.5))
    try:
        sandbox.warm_up()
        wait_until(lambda: sandbox._zygote is None)
        python = Interpreter(sandbox)
        assert python.say("1") == "1"
        zygote = sandbox._zygote
        assert zygote is not None
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 1)
        # It has a session, so it stays however long nothing is run.
        assert sandbox._zygote is zygote
        sandbox.close(python.session_id)
        wait_until(lambda: not zygote.alive)
    finally:
        sandbox.shut_down()


def test_a_new_session_is_refused_if_all_are_busy(config: SandboxConfig) -> None:
    sandbox = LocalSandbox(SandboxConfig(config.environment, max_sessions=1))
    busy, begun, stop = Interpreter(sandbox), threading.Event(), threading.Event()
    busy.events = _NotingFirstOutput(begun)
    worker = threading.Thread(
        target=lambda: busy.run("print(1, flush=True)\nwhile True: pass", stop=stop)
    )
    try:
        worker.start()
        assert begun.wait(30)
        with pytest.raises(SandboxUnavailable, match="All 1 sessions are busy"):
            Interpreter(sandbox).run("1")
        stop.set()
        worker.join(30)
        assert Interpreter(sandbox).say("1") == "1"
    finally:
        stop.set()
        sandbox.shut_down()


def _size_of_png(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


class _NotingFirstOutput(list):  # type: ignore[type-arg]
    """A list of events that sets `begun` at the first output."""

    def __init__(self, begun: threading.Event) -> None:
        super().__init__()
        self._begun = begun

    def append(self, output: object) -> None:
        super().append(output)
        self._begun.set()
