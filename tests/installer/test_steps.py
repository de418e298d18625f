"""Lines of steps: one each, on a terminal and in a log."""

import io

import pytest

from installer.progress import Progress
from installer.steps import Steps


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_has_one_line_per_step() -> None:
    log = io.StringIO()
    steps = Steps(4, log)
    with steps.step("Creating the Python environment"):
        pass
    with steps.step("Installing 2 packages") as step:
        step.progress("1 of 2")
    assert log.getvalue() == (
        "[1/4] Creating the Python environment ... 0 s\n[2/4] Installing 2 packages ... 0 s\n"
    )
    assert steps.done == 2


def test_a_terminals_line_is_rewritten() -> None:
    terminal = Terminal()
    with Steps(1, terminal).step("Installing 2 packages"):
        pass
    assert terminal.getvalue().split("\r\033[K")[-1] == "[1/1] Installing 2 packages ... 0 s\n"


def test_a_step_that_fails_is_not_counted_and_its_line_ends() -> None:
    log = io.StringIO()
    steps = Steps(1, log)
    with pytest.raises(KeyError), steps.step("Installing"):
        raise KeyError
    assert log.getvalue() == "[1/1] Installing ...\n"
    assert steps.done == 0


def test_downloads_of_several_installers_add_up() -> None:
    shown: list[str] = []
    progress = Progress(shown.append, packages=9)
    for line in (
        "Resolved 3 packages in 5ms\n",
        "Downloading numpy (16.0MiB)\n",
        "Downloading hiredis (512.0KiB)\n",
        " Downloaded numpy\n",
    ):
        progress.read(line)
    assert shown == ["0 of 16 MB", "0 of 16 MB", "16 of 16 MB"]


def test_pips_packages_are_counted() -> None:
    shown: list[str] = []
    Progress(shown.append, packages=9).read("Collecting numpy==2 (from -r app.txt)\n")
    assert shown == ["1 of 9"]
