"""The supervisor: starts again what dies, gives up in a sentence, ends all in time."""

import signal
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.embedded import supervisor as supervisor_module
from playground.embedded.errors import LaunchError
from playground.embedded.part import Part
from playground.embedded.process import Command
from playground.embedded.supervisor import StopRequested, Supervisor
from tests.embedded.conftest import Wait

OBEDIENT = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)
BROKEN = "import sys; sys.exit('error: no spoon')"


class Dummy(Part):
    """Runs a line of Python and is ready once it said something."""

    stop_seconds = 0.5

    def __init__(self, name: str, code: str) -> None:
        self.lines: list[str] = []
        super().__init__(name, self.lines.append)
        self.code = code

    def prepare(self) -> None:
        self.lines.clear()

    def command(self) -> Command:
        return Command((sys.executable, "-c", textwrap.dedent(self.code)), {}, Path("/"))

    def is_ready(self) -> bool:
        return bool(self.lines)


class Scene:
    """A supervisor with what it said."""

    def __init__(self, *, patient: bool = False) -> None:
        self.said: list[str] = []
        self.supervisor = Supervisor(self.said.append, patient=patient)

    def ready(self, part: Dummy) -> Dummy:
        self.supervisor.keep(part)
        self.supervisor.wait_ready(part, timeout=10)
        return part


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.supervisor.close()


def pid_of(part: Part) -> int:
    return part.child.pid if part.child else 0


def test_a_part_that_dies_is_started_again(scene: Scene, wait_until: Wait) -> None:
    part = scene.ready(Dummy("worker", OBEDIENT))
    first = part.child
    assert first is not None
    first.send(signal.SIGKILL)
    wait_until(lambda: pid_of(part) != first.pid and part.is_ready())
    assert scene.said == ["worker was killed by SIGKILL. Restarting in 0.1 s."]
    scene.supervisor.stop([[part]])


def test_one_that_dies_again_and_again_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY_SECONDS", 0.01)
    part = scene.ready(Dummy("worker", OBEDIENT))
    part.code = BROKEN
    assert part.child is not None
    part.child.send(signal.SIGKILL)
    with pytest.raises(LaunchError, match="worker ended 6 times soon .*: error: no spoon"):
        scene.supervisor.pause(20)
    scene.supervisor.stop([[part]])


def test_one_that_others_can_do_without_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY_SECONDS", 0.001)
    monkeypatch.setattr(supervisor_module, "LONGEST_DELAY_SECONDS", 0.02)
    part, other = Dummy("indexer", BROKEN), scene.ready(Dummy("web", OBEDIENT))
    scene.supervisor.settle(part)
    scene.supervisor.keep(part, essential=False)
    allowed = supervisor_module.QUICK_DEATHS_ALLOWED
    wait_until(lambda: len(scene.said) > allowed + 2)
    scene.supervisor.pause(0)
    assert scene.said[:2] == [
        "indexer ended with status 1. Restarting in 0.001 s.",
        "indexer ended with status 1. Restarting in 0.002 s.",
    ]
    assert scene.said[-1] == "indexer ended with status 1. Restarting in 0.02 s."
    part.code = OBEDIENT
    wait_until(lambda: part.child and part.child.is_alive() and part.is_ready())
    assert other.child is not None
    assert other.child.is_alive()
    scene.supervisor.stop([[part, other]])


def test_one_that_others_can_do_without_may_be_missing(scene: Scene, wait_until: Wait) -> None:
    class Missing(Dummy):
        def prepare(self) -> None:
            raise LaunchError("no disk")

    part = Missing("model", OBEDIENT)
    scene.supervisor.settle(part)
    scene.supervisor.keep(part, essential=False)
    wait_until(lambda: scene.said)
    scene.supervisor.pause(0)
    assert scene.said[0] == "model can't be started: no disk. Restarting in 0.1 s."
    scene.supervisor.stop([[part]])


def test_a_restart_ends_the_pause_after_a_death(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    monkeypatch.setattr(supervisor_module, "FIRST_DELAY_SECONDS", 60.0)
    part = Dummy("indexer", BROKEN)
    scene.supervisor.settle(part)
    scene.supervisor.keep(part, essential=False)
    wait_until(lambda: scene.said)
    part.code = OBEDIENT
    scene.supervisor.restart(part)
    wait_until(lambda: part.child and part.child.is_alive() and part.is_ready())
    scene.supervisor.stop([[part]])


def test_a_restart_is_no_death(scene: Scene, wait_until: Wait) -> None:
    part = scene.ready(Dummy("web", OBEDIENT))
    seen = {pid_of(part)}
    for _ in range(supervisor_module.QUICK_DEATHS_ALLOWED + 1):
        scene.supervisor.restart(part)
        wait_until(lambda: pid_of(part) not in seen and part.is_ready())
        seen.add(pid_of(part))
    assert scene.said == []
    scene.supervisor.stop([[part]])


def test_a_patient_supervisor_waits_for_a_change_of_the_code(wait_until: Wait) -> None:
    scene = Scene(patient=True)
    part = scene.ready(Dummy("web", OBEDIENT))
    part.code = BROKEN
    scene.supervisor.restart(part)
    wait_until(lambda: scene.supervisor.is_broken(part))
    assert scene.said == ["web ended with status 1. It starts again when you change the code."]
    part.code = OBEDIENT
    scene.supervisor.restart(part)
    wait_until(lambda: part.child and part.child.is_alive() and part.is_ready())
    assert not scene.supervisor.is_broken(part)
    scene.supervisor.stop([[part]])
    scene.supervisor.close()


def test_one_that_never_starts_is_given_up_at_once(scene: Scene) -> None:
    part = Dummy("worker", BROKEN)
    scene.supervisor.keep(part)
    with pytest.raises(LaunchError, match="worker did not start.*: error: no spoon"):
        scene.supervisor.pause(20)
    scene.supervisor.stop([[part]])


def test_one_that_is_never_ready_ends_the_start(scene: Scene) -> None:
    part = Dummy("worker", "import time; time.sleep(60)")
    scene.supervisor.keep(part)
    with pytest.raises(LaunchError, match="worker was not ready after 0.1 s"):
        scene.supervisor.wait_ready(part, timeout=0.1)
    scene.supervisor.stop([[part]])


def test_the_end_is_in_order_and_in_time_even_for_the_stubborn(scene: Scene) -> None:
    web, worker = scene.ready(Dummy("web", STUBBORN)), scene.ready(Dummy("worker", STUBBORN))
    database = scene.ready(Dummy("database", OBEDIENT))
    began = time.monotonic()
    scene.supervisor.stop([[web, worker], [database]])
    assert time.monotonic() - began < 2
    assert not any(part.child and part.child.is_alive() for part in (web, worker, database))
    assert scene.said == []


@pytest.fixture
def handlers_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in supervisor_module.STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers_kept")
def test_a_signal_interrupts_any_wait(scene: Scene) -> None:
    scene.supervisor.handle_signals()
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(StopRequested):
        scene.supervisor.pause()


@pytest.mark.usefixtures("handlers_kept")
def test_a_signal_that_does_not_interrupt_select_ends_the_wait(scene: Scene) -> None:
    scene.supervisor.handle_signals()

    def signal_here() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    threading.Timer(0.1, signal_here).start()
    began = time.monotonic()
    with pytest.raises(StopRequested):
        scene.supervisor.pause(20)
    assert time.monotonic() - began < 10
