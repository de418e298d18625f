"""The table of a set's rows: its columns, and its cells as the page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.test_sets.check_drafts import described
from assistants_app.domain.test_sets.columns import ordered
from assistants_app.domain.test_sets.editing import (
    CHECKS,
    EXPECTED,
    MESSAGE,
    REPEATS,
    TAGS,
    VARIABLE,
    cell_text,
)
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.models import TestSet, WorkingRow
from assistants_app.queries.people.members import name_of
from assistants_app.queries.test_sets.sets import column_names

# Longer texts are edited on the row's own page.
LONGEST_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` says what it shows, for its width and its head."""

    key: str
    label: str | Promise
    kind: str

    @property
    def is_named(self) -> bool:
        """Whether people have named it, so that they can rename, move and delete it."""
        return self.kind in ("variable", "expected")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell. `text` is what people edit, and is cut if `is_long`. `shown` says it in words."""

    column: str
    label: str | Promise
    text: str
    kind: str
    is_long: bool
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table. `reasons` say what of it doesn't run here."""

    key: str
    number: int
    revision: int
    cells: Sequence[Cell]
    reasons: Sequence[str]
    files: int
    author: str
    changed_at: datetime


def columns_of(test_set: TestSet, more: str = "") -> list[Column]:
    """Return the columns that the set's rows have, and one `more` that somebody has added."""
    variables, expected = column_names(test_set)
    named = {
        f"{VARIABLE}{name}": Column(f"{VARIABLE}{name}", name, "variable") for name in variables
    }
    for name in expected:
        named[f"{EXPECTED}{name}"] = Column(f"{EXPECTED}{name}", name, "expected")
    for prefix in (VARIABLE, EXPECTED):
        if more.startswith(prefix) and more != prefix:
            named.setdefault(more, Column(more, more.removeprefix(prefix), prefix[:-1]))
    return [
        Column(MESSAGE, _("Message"), "message"),
        *(named[key] for key in ordered(named, test_set.columns)),
        Column(CHECKS, _("Checks"), "checks"),
        Column(TAGS, _("Tags"), "tags"),
        Column(REPEATS, _("Repeats"), "number"),
    ]


def row_of(working: WorkingRow, number: int, columns: Sequence[Column]) -> Row:
    """Return a row of the working copy as the table shows it."""
    revision = working.row
    content: Mapping[str, Any] = revision.content
    return Row(
        key=working.key,
        number=number,
        revision=revision.revision,
        cells=[_cell(content, column) for column in columns],
        reasons=not_run(content),
        files=len(content.get("files", [])),
        author=name_of(revision.author),
        changed_at=revision.created_at,
    )


def _cell(content: Mapping[str, Any], column: Column) -> Cell:
    text = cell_text(content, column.key)
    is_long = len(text) > LONGEST_SHOWN
    shown = _in_words(content) if column.key == CHECKS else ""
    return Cell(column.key, column.label, text[:LONGEST_SHOWN], column.kind, is_long, shown)


def _in_words(content: Mapping[str, Any]) -> str:
    """Return all checks of a row in words, each in a line, as its own page lists them."""
    lines = (
        f"{_('Message')} {int(turn) + 1}: {words}" if turn else words
        for turn, words in described(content)
    )
    return "\n".join(lines)[:LONGEST_SHOWN]
