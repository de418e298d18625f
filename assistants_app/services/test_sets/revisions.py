"""Revisions of rows, within the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.ids import new_id
from assistants_app.domain.test_sets.rows import (
    content_of,
    digest_of,
    input_digest_of,
    problems_of,
)
from assistants_app.models import Tape, TestFile, TestRow, TestRowFile, TestSet, WorkingRow
from assistants_app.services.files.stored_bytes import discard_on_commit
from assistants_app.services.runs.tapes import remove_unnamed_tapes

KEY_PREFIX = "row"


class RowChanged(Conflict):
    """409: somebody else has changed the row since the page was loaded. `row` is their revision."""

    def __init__(self, row: TestRow, column: str = "") -> None:
        who = row.author.get_username() if row.author else "somebody"
        super().__init__(
            f"{who} has changed this row in the meantime. Look at their value, and save yours "
            "again if it should replace it.",
            code="row_changed",
        )
        self.row = row
        self.column = column


def checked_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a row as it is stored. Raises :class:`InvalidRequest`."""
    made = content_of(content)
    if problems := problems_of(made):
        raise InvalidRequest(" ".join(problems))
    return made


def add_rows(
    test_set: TestSet, rows: Sequence[tuple[str, Mapping[str, Any]]], author: User | None
) -> list[TestRow]:
    """Append rows, keys with contents, to the working copy of a locked set.

    A row without a key gets one. Raises :class:`InvalidRequest` for more rows than a set can have.
    """
    working = WorkingRow.objects.filter(test_set=test_set)
    if working.count() + len(rows) > limits.TEST_ROWS:
        raise InvalidRequest(
            f"A test set can have at most {limits.TEST_ROWS} rows. Make another set."
        )
    made = [_revision(test_set, key, 1, content, author) for key, content in rows]
    _continue_numbers(test_set, made)
    _name_tapes(test_set, made)
    TestRow.objects.bulk_create(made)
    last = working.aggregate(last=Max("position"))["last"] or 0
    WorkingRow.objects.bulk_create(
        WorkingRow(test_set=test_set, row=row, key=row.key, position=last + place)
        for place, row in enumerate(made, 1)
    )
    _note_files(test_set, made)
    _touch(test_set)
    return made


def _continue_numbers(test_set: TestSet, rows: Iterable[TestRow]) -> None:
    # A key may be that of a row which was deleted, but which a version still has.
    by_key = {row.key: row for row in rows}
    earlier = TestRow.objects.filter(test_set=test_set, key__in=by_key).values("key")
    for found in earlier.annotate(last=Max("revision")):
        by_key[found["key"]].revision = found["last"] + 1


def _revision(
    test_set: TestSet, key: str, number: int, content: Mapping[str, Any], author: User | None
) -> TestRow:
    stored = checked_content(content)
    return TestRow(
        test_set=test_set,
        key=key or new_id(KEY_PREFIX),
        revision=number,
        content=stored,
        digest=digest_of(stored),
        input_digest=input_digest_of(stored),
        author=author,
    )


def replace_row(
    test_set: TestSet, working: WorkingRow, content: Mapping[str, Any], author: User | None
) -> TestRow:
    """Give a row of the working copy of a locked set another content. Return its revision."""
    return replace_rows(test_set, [(working, content)], author)[0]


def replace_rows(
    test_set: TestSet,
    contents: Sequence[tuple[WorkingRow, Mapping[str, Any]]],
    author: User | None,
) -> list[TestRow]:
    """Give rows other contents, like :func:`replace_row`. The number of queries is always the same.

    A row whose content is the same keeps its revision.
    """
    made = [
        _revision(test_set, working.key, working.row.revision + 1, content, author)
        for working, content in contents
    ]
    changed = [
        (working, row)
        for (working, _content), row in zip(contents, made, strict=True)
        if row.digest != working.row.digest
    ]
    if changed:
        _name_tapes(test_set, [row for _working, row in changed])
        old = [working.row for working, _row in changed]
        TestRow.objects.bulk_create([row for _working, row in changed])
        for working, row in changed:
            working.row = row
        WorkingRow.objects.bulk_update([working for working, _row in changed], ["row"])
        _note_files(test_set, [row for _working, row in changed])
        _drop(old)
        drop_unused_files(test_set)
        _touch(test_set)
    return [working.row for working, _content in contents]


def remove_rows(test_set: TestSet, working: Sequence[WorkingRow]) -> None:
    """Take rows out of the working copy of a locked set. Versions keep theirs."""
    rows = [one.row for one in working]
    WorkingRow.objects.filter(pk__in=[one.pk for one in working]).delete()
    _drop(rows)
    drop_unused_files(test_set)
    _touch(test_set)


def _drop(rows: Iterable[TestRow]) -> None:
    # What no version has can be found nowhere any more.
    dropped = list(rows)
    TestRow.objects.filter(pk__in=[row.pk for row in dropped], fixed=False).delete()
    if tape_ids := {row.tape_id for row in dropped if row.tape_id}:
        remove_unnamed_tapes(tape_ids)


def _name_tapes(test_set: TestSet, rows: Iterable[TestRow]) -> None:
    named = [row for row in rows if row.content.get("tape")]
    if not named:
        return
    wanted = {row.content["tape"] for row in named}
    tapes = Tape.objects.filter(project=test_set.project_id, pk__in=wanted).order_by("pk")
    # Locked, so that none is deleted before these rows name it.
    there = set(tapes.select_for_update(no_key=True).values_list("pk", flat=True))
    for row in named:
        if row.content["tape"] not in there:
            raise InvalidRequest(
                f"This project has no tape '{row.content['tape'][:64]}'.", param="tape"
            )
        row.tape_id = row.content["tape"]


def _note_files(test_set: TestSet, rows: Iterable[TestRow]) -> None:
    wanted = {
        row.pk: {file["sha256"] for file in row.content.get("files", []) if "sha256" in file}
        for row in rows
    }
    hashes = set().union(*wanted.values()) if wanted else set()
    if not hashes:
        return
    there = TestFile.objects.filter(test_set=test_set, sha256__in=hashes)
    by_hash = dict(there.values_list("sha256", "pk"))
    TestRowFile.objects.bulk_create(
        TestRowFile(row_id=row_id, file_id=by_hash[one])
        for row_id, names in wanted.items()
        for one in sorted(names)
        if one in by_hash
    )


def drop_unused_files(test_set: TestSet) -> None:
    """Delete the set's files that no revision of a row uses any more, with their bytes."""
    unused = list(
        TestFile.objects.filter(test_set=test_set, uses=None).values_list("pk", flat=True)
    )
    if unused:
        TestFile.objects.filter(pk__in=unused).delete()
        discard_on_commit(unused)


def _touch(test_set: TestSet) -> None:
    test_set.changed_at = timezone.now()
    test_set.save(update_fields=["changed_at"])
