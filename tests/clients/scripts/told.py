"""How a user's program is told what to do: a name on a line, its answer as JSON on a line."""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any


def serve(tasks: dict[str, Callable[[], Any]]) -> None:
    """Do each task that stdin names until it ends; what a task raises is told as `error`."""
    for line in sys.stdin:
        try:
            answer = {"saw": tasks[line.strip()]()}
        except Exception:  # noqa: BLE001 - the test that asked shall see it
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
