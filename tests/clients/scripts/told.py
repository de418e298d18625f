"""Make a program do tasks: it reads a name per line and writes an answer as JSON per line."""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any


def serve(tasks: dict[str, Callable[[], Any]]) -> None:
    """Do each task that stdin names, until it ends. A traceback is answered as `error`."""
    for line in sys.stdin:
        try:
            answer = {"saw": tasks[line.strip()]()}
        except Exception:  # noqa: BLE001 - the test shows the traceback
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
