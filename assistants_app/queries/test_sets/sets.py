"""Reads of test sets, their rows and their files."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)

from assistants_app.domain.errors import NotFound
from assistants_app.domain.test_sets.matching import KnownRow
from assistants_app.models import (
    Project,
    TestFile,
    TestRow,
    TestSet,
    TestSetVersion,
    WorkingRow,
)

ROWS_AT_ONCE = 500


def get_test_set(project: Project, set_id: str) -> TestSet:
    """Return the test set. Raises :class:`NotFound`."""
    found = TestSet.objects.filter(project=project, pk=set_id).first()
    if found is None:
        raise NotFound("test set", set_id)
    return found


def list_test_sets(project: Project, *, name: str = "") -> "QuerySet[TestSet]":
    """Return the project's test sets, the newest first, with `row_count` and `version_count`."""
    rows = WorkingRow.objects.filter(test_set=OuterRef("pk")).order_by().values("test_set")
    versions = TestSetVersion.objects.filter(test_set=OuterRef("pk")).order_by().values("test_set")
    sets = TestSet.objects.filter(project=project).select_related("author")
    if name:
        sets = sets.filter(name__icontains=name)
    # Subqueries, because two joins at once would count each row once for each version.
    return sets.annotate(
        row_count=Subquery(rows.annotate(count=Count("pk")).values("count")),
        version_count=Subquery(versions.annotate(count=Count("pk")).values("count")),
    ).order_by("-pk")


def working_rows(test_set: TestSet, *, text: str = "", tag: str = "") -> "QuerySet[WorkingRow]":
    """Return the rows of the working copy in their order, with `text` in them, or with a tag."""
    rows = WorkingRow.objects.filter(test_set=test_set).select_related("row__author")
    if text:
        rows = rows.filter(row__content__icontains=_as_json_text(text))
    if tag:
        rows = rows.filter(_has_tag(tag))
    return rows.order_by("position", "pk")


def _has_tag(tag: str) -> Func:
    # The column is `json`, which keeps the order of keys but can't be searched.
    return Func(
        F("row__content"),
        Value(json.dumps([tag])),
        template="(%(expressions)s::jsonb)",
        arg_joiner=" ->> 'tags')::jsonb @> (",
        output_field=BooleanField(),
    )


def _as_json_text(text: str) -> str:
    # As the text is written within JSON, where quotation marks have a backslash.
    return text.replace("\\", "\\\\").replace('"', '\\"')


def get_working_row(test_set: TestSet, key: str) -> WorkingRow:
    """Return the row of the working copy with its revision. Raises :class:`NotFound`."""
    rows = WorkingRow.objects.select_related("row__author")
    found = rows.filter(test_set=test_set, key=key).first()
    if found is None:
        raise NotFound("row", key)
    return found


def place_of_row(working: WorkingRow) -> tuple[int, int]:
    """Return the number of a row, from 1, and the number of all rows."""
    rows = WorkingRow.objects.filter(test_set=working.test_set_id)
    before = Q(position__lt=working.position) | Q(position=working.position, pk__lt=working.pk)
    counts = rows.aggregate(all=Count("pk"), before=Count("pk", filter=before))
    return counts["before"] + 1, counts["all"]


def each_row(test_set: TestSet) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the keys and contents of the working copy in its order."""
    rows = WorkingRow.objects.filter(test_set=test_set).order_by("position", "pk")
    yield from rows.values_list("key", "row__content").iterator(chunk_size=ROWS_AT_ONCE)


def rows_of_version(version: TestSetVersion) -> list[TestRow]:
    """Return the revisions of rows that the version fixes, in its order."""
    found = TestRow.objects.filter(test_set=version.test_set_id).in_bulk(version.row_ids)
    return [found[row_id] for row_id in version.row_ids]


def versions_of(test_set: TestSet) -> list[TestSetVersion]:
    """Return the versions of a set, the newest first, without the ids of their rows."""
    rows = TestSetVersion.objects.filter(test_set=test_set).select_related("author")
    return list(rows.defer("row_ids").order_by("-number"))


def known_rows(test_set: TestSet) -> list[KnownRow]:
    """Return what an import compares with."""
    rows = WorkingRow.objects.filter(test_set=test_set).order_by("position", "pk")
    found = rows.values_list("key", "row__digest", "row__input_digest")
    return [KnownRow(*row) for row in found]


def column_names(test_set: TestSet) -> tuple[list[str], list[str]]:
    """Return the names of all variables and of all expected values in the working copy."""
    with connection.cursor() as cursor:
        # The order in which the rows have them first, so that columns stay where they are.
        cursor.execute(
            "SELECT field, name FROM (SELECT field, name, MIN(ROW(w.position, ordinality)) AS first"
            " FROM test_working_row w JOIN test_row r ON r.id = w.row_id,"
            " (VALUES ('variables'), ('expected')) AS fields (field),"
            " json_object_keys(r.content -> field) WITH ORDINALITY AS keys (name, ordinality)"
            " WHERE w.test_set_id = %s GROUP BY field, name) AS found ORDER BY first",
            [test_set.pk],
        )
        found = cursor.fetchall()
    variables = [name for field, name in found if field == "variables"]
    return variables, [name for field, name in found if field == "expected"]


def file_hashes(test_set: TestSet) -> set[str]:
    """Return the hashes of all files that the set has."""
    return set(TestFile.objects.filter(test_set=test_set).values_list("sha256", flat=True))


def file_of(test_set: TestSet, sha256: str) -> TestFile:
    """Return the set's copy of the file with this hash. Raises :class:`NotFound`."""
    found = TestFile.objects.filter(test_set=test_set, sha256=sha256.replace("\0", "")).first()
    if found is None:
        raise NotFound("file", sha256)
    return found
