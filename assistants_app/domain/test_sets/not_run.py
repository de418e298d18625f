"""What of a row only another tool can run. A row with any of it doesn't pass a gate."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assistants_app.domain.test_sets.promptfoo.assertions import FOREIGN
from assistants_app.domain.test_sets.promptfoo.reading import parts_not_run

LOST_TAPE = "tape"
"""The key in `kept` of the tape of an imported row that only another project has."""


def not_run(content: Mapping[str, Any]) -> list[str]:
    """Return why the row can't run here as it was written, one reason each, or []."""
    return list(dict.fromkeys(_reasons(content)))


def _reasons(content: Mapping[str, Any]) -> Iterator[str]:
    yield from _foreign(content.get("checks", []))
    for checks in content.get("turn_checks", {}).values():
        yield from _foreign(checks)
    yield from parts_not_run(content)
    if content.get("kept", {}).get(LOST_TAPE):
        yield "its tape is in another project"
    for name, value in content.get("variables", {}).items():
        if isinstance(value, str) and value.startswith("file://"):
            yield f"the file that the variable '{name}' names isn't read"


def _foreign(checks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for check in checks:
        if check.get("kind") == FOREIGN:
            reason = check.get("kept", {}).get("reason", "a check of another tool")
            yield reason if isinstance(reason, str) else "a check of another tool"
