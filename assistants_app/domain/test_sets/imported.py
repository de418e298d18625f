"""What reading a file of tests results in."""

from dataclasses import dataclass, field
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.rows import (
    Content,
    content_of,
    problem_of_key,
    problems_of,
    size_of,
)

ROW_ID = "row_id"
"""The key for the ID of a row in other tools' formats."""
PLAYGROUND = "playground"
"""The key below which other tools' formats carry the fields of a row that they don't have."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of a file. `key` is the ID that the file has for it, or ""."""

    place: str
    content: Content
    key: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row of a file can't be imported. `place` is where the row is in the file."""

    place: str
    message: str


class TooMuch(InvalidRequest):
    """A file with more rows, or more in them, than a test set can have."""


@dataclass(slots=True)
class ImportedSet:
    """The rows of a file, with what else is in it.

    `kept` has the parts that belong to no row and can't run here, and is written out again.
    """

    format: str
    name: str = ""
    rows: list[ImportedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    _keys: set[str] = field(default_factory=set)
    _size: int = 0

    def add(self, place: str, content: Content, key: Any = "") -> None:
        """Add a row, or what is wrong with it. Raises :class:`TooMuch`."""
        if len(self.rows) + len(self.problems) >= limits.TEST_ROWS:
            raise TooMuch(
                f"The file has more than {limits.TEST_ROWS} rows, which is the most that a test "
                "set can have. Split it."
            )
        text = key if isinstance(key, str) else str(key)
        row = content_of(content)
        found = problems_of(row) or self._count(row)
        if problem := problem_of_key(text):
            found.append(problem)
        if text and text in self._keys:
            found.append(f"An earlier row has the ID '{text}' already. Give each row its own.")
        self._keys.add(text)
        if found:
            self.problems.append(Problem(place, " ".join(found)))
        else:
            self.rows.append(ImportedRow(place, row, text))

    def _count(self, row: Content) -> list[str]:
        # A default value, or lists of values, make rows of gigabytes out of a small file.
        self._size += size_of(row)
        if self._size > limits.TEST_IMPORTED_BYTES:
            raise TooMuch(
                f"The rows of the file take more than {limits.TEST_IMPORTED_BYTES // 1024**2} MB. "
                "Split it."
            )
        return []

    def refuse(self, place: str, message: str) -> None:
        """Note that something in the file is no row."""
        self.problems.append(Problem(place, message))
