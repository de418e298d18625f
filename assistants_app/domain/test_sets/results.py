"""Results of tests for other programs: JUnit's XML, and a matrix as CSV."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from assistants_app.domain.documents.cells import csv_line, with_apostrophe

PASSED, FAILED, ERROR, SKIPPED = STATES = ("passed", "failed", "error", "skipped")
# What XML 1.0 can't contain, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS: Final = {FAILED: "failure", ERROR: "error", SKIPPED: "skipped"}


@dataclass(frozen=True, slots=True)
class CellResult:
    """How a variant did in a row, once.

    `score` is from 0 to 1, or None without one. `cost` is in dollars, or None if it isn't known.
    `reason` says what failed, or is "".
    """

    variant: str
    row_id: str
    row_name: str
    state: str
    score: float | None = None
    seconds: float = 0
    cost: float | None = None
    reason: str = ""


def junit(name: str, cells: Iterable[CellResult]) -> Iterator[str]:
    """Yield JUnit's XML: a suite for each variant, and a case for each of its cells."""
    suites: dict[str, list[CellResult]] = {}
    for cell in cells:
        suites.setdefault(cell.variant, []).append(cell)
    every = [cell for cases in suites.values() for cell in cases]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites name={_attribute(name)}{_counts(every)}>\n"
    for variant, cases in suites.items():
        yield f"  <testsuite name={_attribute(variant)}{_counts(cases)}>\n"
        yield from map(_case, cases)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _counts(cells: Sequence[CellResult]) -> str:
    states = [cell.state for cell in cells]
    counts = {
        "tests": len(cells),
        "failures": states.count(FAILED),
        "errors": states.count(ERROR),
        "skipped": states.count(SKIPPED),
    }
    seconds = sum(cell.seconds for cell in cells)
    return (
        "".join(f' {name}="{count}"' for name, count in counts.items()) + f' time="{seconds:.3f}"'
    )


def _case(cell: CellResult) -> str:
    name = f"{cell.row_id} {cell.row_name}".strip()
    start = (
        f"    <testcase name={_attribute(name)} classname={_attribute(cell.variant)}"
        f' time="{cell.seconds:.3f}"'
    )
    element = _ELEMENTS.get(cell.state)
    if element is None:
        return f"{start}/>\n"
    # The first line of the reason is what reports show in lists.
    first = cell.reason.partition("\n")[0]
    inner = f"<{element} message={_attribute(first)}>{escape(_plain(cell.reason))}</{element}>"
    return f"{start}>{inner}</testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_plain(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def matrix_csv(cells: Iterable[CellResult]) -> Iterator[str]:
    """Yield a CSV with a line for each row and four columns for each variant.

    Of a cell that was repeated, the mean of its scores, times and costs counts, and how often it
    passed.
    """
    rows: dict[str, str] = {}
    found: dict[tuple[str, str], list[CellResult]] = {}
    for cell in cells:
        rows.setdefault(cell.row_id, cell.row_name)
        found.setdefault((cell.row_id, cell.variant), []).append(cell)
    variants = list(dict.fromkeys(variant for _row, variant in found))
    parts = ("passed", "score", "seconds", "cost")
    heads = [with_apostrophe(f"{variant}: {part}") for variant in variants for part in parts]
    yield csv_line(["row", "name", *heads])
    for row_id, name in rows.items():
        values = [
            value for variant in variants for value in _figures(found.get((row_id, variant), []))
        ]
        yield csv_line([with_apostrophe(row_id), with_apostrophe(name), *values])


def _figures(cells: Sequence[CellResult]) -> list[str]:
    if not cells:
        return ["", "", "", ""]
    passed = sum(cell.state == PASSED for cell in cells)
    scores = [cell.score for cell in cells if cell.score is not None]
    costs = [cell.cost for cell in cells]
    # A cost that lacks a part would look like the whole cost.
    known = [cost for cost in costs if cost is not None]
    return [
        f"{passed}/{len(cells)}",
        _mean(scores),
        _mean([cell.seconds for cell in cells]),
        _mean(known) if len(known) == len(costs) else "",
    ]


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.6g}" if values else ""
