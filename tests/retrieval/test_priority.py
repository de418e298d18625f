"""Background work gives way to other processes."""

import subprocess
import sys
from pathlib import Path

from assistants_app.retrieval import priority

STEP_BACK = "from assistants_app.retrieval.priority import step_back; step_back(7)"
# A kernel without autogroups has no such file, and a process in no group has an empty one.
REPORT = """
import os
from pathlib import Path
group = Path("/proc/self/autogroup")
words = group.read_text().split() if group.exists() else []
print(os.nice(0), words[-1] if words else "none")
"""


def niceness(*before: str, own_session: bool) -> list[str]:
    """Return the niceness of a new process and of its session, after it has run `before`."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*before, REPORT])],
        cwd=Path(priority.__file__).parents[2],
        start_new_session=own_session,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_process_that_leads_its_session_lowers_the_session_too() -> None:
    alone, session = niceness(own_session=True)
    assert niceness(STEP_BACK, own_session=True) == [
        str(min(19, int(alone) + 7)),
        "none" if session == "none" else "7",
    ]


def test_a_process_that_shares_its_session_lowers_only_itself() -> None:
    alone, session = niceness(own_session=False)
    assert niceness(STEP_BACK, own_session=False) == [str(min(19, int(alone) + 7)), session]
