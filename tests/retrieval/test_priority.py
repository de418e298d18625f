"""Background work yields the processor."""

import subprocess
import sys
from pathlib import Path

from assistants_app.retrieval import priority

STEP_BACK = "from assistants_app.retrieval.priority import step_back; step_back(7)"
# A kernel without the feature has no such file; a process that is in no group has an empty one.
TELL = """
import os
from pathlib import Path
group = Path("/proc/self/autogroup")
said = group.read_text().split() if group.exists() else []
print(os.nice(0), said[-1] if said else "none")
"""


def niceness(*before: str, own_session: bool) -> list[str]:
    """This process's niceness and its session's, as a new process says them after `before`."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*before, TELL])],
        cwd=Path(priority.__file__).parents[2],
        start_new_session=own_session,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_process_steps_back_within_its_session_and_with_it() -> None:
    alone, session = niceness(own_session=True)
    assert niceness(STEP_BACK, own_session=True) == [
        str(min(19, int(alone) + 7)),
        "none" if session == "none" else "7",
    ]


def test_a_process_that_shares_its_session_holds_back_nobody_else() -> None:
    alone, session = niceness(own_session=False)
    assert niceness(STEP_BACK, own_session=False) == [str(min(19, int(alone) + 7)), session]
