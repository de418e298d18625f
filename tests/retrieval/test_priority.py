"""Background work yields the processor."""

import os
import subprocess
import sys
from pathlib import Path

from assistants_app.retrieval import priority

TELL = (
    "import os; from pathlib import Path; from assistants_app.retrieval.priority import step_back;"
    "step_back(7); group = Path('/proc/self/autogroup');"
    "print(os.nice(0), group.read_text().split()[-1] if group.exists() else 7)"
)


def niceness(*, own_session: bool) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=Path(priority.__file__).parents[2],
        start_new_session=own_session,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


def test_a_process_steps_back_within_its_session_and_with_it() -> None:
    before = os.nice(0)
    assert niceness(own_session=True) == [min(19, before + 7), 7]


def test_a_process_that_shares_its_session_holds_back_nobody_else() -> None:
    before = os.nice(0)
    group = Path("/proc/self/autogroup")
    shared = int(group.read_text().split()[-1]) if group.exists() else 7
    assert niceness(own_session=False) == [min(19, before + 7), shared]
