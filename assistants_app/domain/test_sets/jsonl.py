"""Rows as JSONL: ours, and lines of other tools that are recognised by their keys."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.openai_evals.reading import add_item, add_sample
from assistants_app.domain.test_sets.promptfoo.reading import read_promptfoo
from assistants_app.domain.test_sets.rows import FIELDS


def jsonl_lines(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield each row as a line. `rows` are keys with contents."""
    for key, row in rows:
        yield json.dumps({"id": key, **row}, ensure_ascii=False) + "\n"


def read_jsonl(text: str, found: ImportedSet, *, message: str = "") -> None:
    """Add the row of each line.

    A line is a row as this program writes it, a test of promptfoo's, or an item or a sample of
    OpenAI's evals.
    """
    # Not `splitlines`: JSON may have other line ends, such as U+2028, within a text.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            value = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            found.refuse(place, f"The line isn't valid JSON: {error}.")
            continue
        _add_line(found, place, value, message)


def _refuse_constant(name: str) -> None:
    # Python's parser accepts NaN and Infinity, which are not JSON.
    raise ValueError(f"{name} is not JSON")


def _add_line(found: ImportedSet, place: str, value: Any, message: str) -> None:
    if not isinstance(value, dict):
        found.refuse(place, "The line must be an object.")
    elif "vars" in value or "assert" in value:
        one = ImportedSet(found.format)
        read_promptfoo({"tests": [value]}, one, message=message)
        for row in one.rows:
            found.add(place, row.content, row.key)
        for problem in one.problems:
            found.refuse(place, problem.message)
    elif isinstance(value.get("item"), dict):
        add_item(found, place, value["item"], [], message)
    elif isinstance(value.get("input"), list | str) or isinstance(value.get("messages"), list):
        add_sample(found, place, value)
    else:
        content = {name: part for name, part in value.items() if name != "id"}
        if unknown := sorted(set(content) - set(FIELDS)):
            found.refuse(
                place, f"Unknown field: '{unknown[0]}'. Fields of rows are {', '.join(FIELDS)}."
            )
            return
        found.add(place, content, value.get("id", ""))
