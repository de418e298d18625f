"""Which rows of a file a test set has already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistants_app.domain.test_sets.imported import ImportedRow
from assistants_app.domain.test_sets.rows import digest_of, input_digest_of


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row that a set has."""

    key: str
    digest: str
    input_digest: str


@dataclass(slots=True)
class ImportPlan:
    """What an import does: rows that are new, and those that change an existing row by its key.

    `same` is the number of rows that are there already, and are skipped.
    """

    new: list[ImportedRow] = field(default_factory=list)
    changed: list[tuple[str, ImportedRow]] = field(default_factory=list)
    same: int = 0


def plan_import(known: Iterable[KnownRow], rows: Sequence[ImportedRow]) -> ImportPlan:
    """Compare the rows of a file with those of a set.

    A row is matched by its ID. Without one, it is the row that is equal to it, or else the only one
    that asks the same.
    """
    there = list(known)
    by_key = {row.key: row for row in there}
    by_digest = _grouped((row.digest, row) for row in there)
    by_input = _grouped((row.input_digest, row) for row in there)
    plan, taken = ImportPlan(), set[str]()
    # Rows with IDs first, so that a row without one doesn't take theirs.
    for row in sorted(rows, key=lambda row: not row.key):
        digest = digest_of(row.content)
        match = by_key.get(row.key) if row.key else None
        if match is None and not row.key:
            match = _first(by_digest[digest], taken)
            if match is None:
                asked = [one for one in by_input[input_digest_of(row.content)]]
                match = asked[0] if len(asked) == 1 and asked[0].key not in taken else None
        if match:
            taken.add(match.key)
        if match is None:
            plan.new.append(row)
        elif match.digest == digest:
            plan.same += 1
        else:
            plan.changed.append((match.key, row))
    return plan


def _grouped(rows: Iterable[tuple[str, KnownRow]]) -> defaultdict[str, list[KnownRow]]:
    groups: defaultdict[str, list[KnownRow]] = defaultdict(list)
    for name, row in rows:
        groups[name].append(row)
    return groups


def _first(rows: Sequence[KnownRow], taken: set[str]) -> KnownRow | None:
    return next((row for row in rows if row.key not in taken), None)
