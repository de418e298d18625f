"""A reply with everything that checks look at."""

from dataclasses import replace
from typing import Any

from assistants_app.domain.checks.check import Outcome, check_from
from assistants_app.domain.checks.running import run_check
from assistants_app.domain.checks.sample import (
    Cited,
    CodeRun,
    MadeFile,
    Sample,
    ToolUse,
    Turn,
)
from assistants_app.domain.checks.validation import validate_check

SAMPLE = Sample(
    text="It is 21 °C in Oslo today.",
    turns=(Turn("What's the weather in Oslo?", "It is 21 °C in Oslo today."),),
    calls=(
        ToolUse("get_weather", {"city": "Oslo", "days": 1}, '{"degrees": 21}'),
        ToolUse("file_search", {"query": "Oslo"}),
        ToolUse("get_weather", {"city": "Oslo", "days": 7}, '{"degrees": 19}'),
    ),
    citations=(Cited("file-1", "Climate of Oslo.pdf", 3, "The mean of July is 21 °C."),),
    files=(MadeFile("out/Weather.JPEG", 10), MadeFile("days.csv", 5)),
    code_runs=(CodeRun("1 / 0", "error", "ZeroDivisionError"), CodeRun("print(21)", "ok", "21\n")),
    usage={"prompt_tokens": 900, "completion_tokens": 100},
    cost=0.002,
    first_token_seconds=0.4,
    duration_seconds=2.5,
)
ITEM: dict[str, Any] = {
    "variables": {"city": "Oslo", "cities": ["Oslo", "Rome"], "empty": "", "none": [], "n": 21},
    "expected": {
        "answer": "21 °C",
        "schema": {"type": "object"},
        "lookahead": {"properties": {"city": {"pattern": "(?=O)"}}},
    },
}


def outcome(check: dict[str, Any], text: str | None = None, **changes: Any) -> Outcome:
    """Return what a valid check comes to, with another text or other figures."""
    assert validate_check(check) == []
    sample = replace(SAMPLE, **changes) if text is None else replace(SAMPLE, text=text, **changes)
    return run_check(check_from(check), sample, ITEM)
