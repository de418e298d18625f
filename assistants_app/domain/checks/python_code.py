"""Checks in Python: what the sandbox runs, and the answer that it prints.

The row and the sample go there as a file. Nothing that a model wrote is ever part of a program.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assistants_app.domain.checks import guest
from assistants_app.domain.checks.check import CheckError, Finding
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.checks.texts import quoted

LONGEST_REASON = 2_000  # characters
FILE = "check.json"
PATH = f"/mnt/data/{FILE}"


@cache
def _source() -> str:
    return Path(guest.__file__).read_text(encoding="utf-8")


def program(*, mark: str) -> str:
    """Return the code for the sandbox. It prints the answer between two `mark`s."""
    return f"{_source()}\n\nrun_check({PATH!r}, {mark!r})\n"


def data(code: str, sample: Sample, item: Mapping[str, Any]) -> bytes:
    """Return the contents of the file that the program reads."""
    return json.dumps({"code": code, "sample": sample.as_json(), "item": dict(item)}).encode()


def finding_in(logs: str, *, mark: str) -> Finding:
    """Return the finding in what the program printed. Raises :class:`CheckError` without one."""
    pieces = logs.split(mark)
    if len(pieces) < 3:
        raise CheckError("The code of this check gave no result.")
    try:
        answer = json.loads(pieces[-2])
    except (ValueError, RecursionError):
        raise CheckError("The result of this check's code couldn't be read.") from None
    return _finding(answer)


def _finding(answer: Any) -> Finding:
    if not isinstance(answer, Mapping):
        return Finding(_score(answer), _plain_reason(answer))
    passes = answer.get("passed", answer.get("pass", answer.get("pass_")))
    if passes is not None and not isinstance(passes, bool):
        raise CheckError("“passed” in the result of the check's code must be True or False.")
    score = _score(answer.get("score", passes))
    reason = str(answer.get("reason") or "")[:LONGEST_REASON]
    return Finding(score, reason or _plain_reason(score), passes=passes)


def _score(value: Any) -> float:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        shown = quoted(json.dumps(value))
        raise CheckError(
            f"The check's code returned {shown}. Return True, False, a score from 0 to 1, or a "
            "dictionary with “score” and “reason”."
        )
    return float(value)


def _plain_reason(value: Any) -> str:
    return f"The code returned {value}."
