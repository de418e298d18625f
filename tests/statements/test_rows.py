"""Statements write and read what the ORM would."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, connection, models, transaction

from assistants_app.models import Assistant, Message, ProviderCall, Run, RunStep, Thread
from assistants_app.models.words import WordsField
from assistants_app.statements.execute import fetch
from assistants_app.statements.rows import (
    changes,
    columns_but_key,
    insert,
    read_columns,
    row_of,
    update,
    values,
)
from tests.cast import Cast

ONE_ROW = "(SELECT 1) AS one"
MOMENT = datetime(2026, 11, 30, 23, 59, 59, 123456, tzinfo=UTC)
JSON = {"z": ["é\u2028😀", None, 0.1, 1e300], "a": {"b": True, "A": "'%s $1"}}
CONTENT = [{"type": "text", "text": {"value": "Ein Wort, größer", "annotations": []}}]


def filled(model: type[models.Model], cast: Cast, **given: Any) -> models.Model:
    """Return a row whose columns all have a value of their own, however many there are."""
    row = model()
    for number, field in enumerate(model._meta.concrete_fields, start=1):
        if field.primary_key or isinstance(field, models.ForeignKey | WordsField):
            continue
        setattr(row, field.attname, value_for(field, number))
    for name, value in given.items():
        setattr(row, name, value)
    return row


def value_for(field: "models.Field[Any, Any]", number: int) -> Any:
    if field.choices:
        raise AssertionError("no column of these models has choices")
    made: dict[type, Any] = {
        models.BooleanField: not field.get_default(),
        models.DateTimeField: MOMENT.replace(microsecond=number),
        models.DecimalField: Decimal(number) / 1000,
        models.FloatField: number / 7,
        models.IntegerField: number * 100_000,
        models.JSONField: {"number": number, **JSON},
        models.TextField: f"é '%s' {number}",
        models.CharField: f"é {number}",
    }
    return next(value for kind, value in made.items() if isinstance(field, kind))


MAKE: dict[str, Callable[[Cast], models.Model]] = {
    "thread": lambda cast: filled(Thread, cast, project_id=cast.project.id),
    "message": lambda cast: filled(
        Message, cast, thread_id=cast.thread.id, role="user", status="completed", content=CONTENT
    ),
    "run": lambda cast: filled(
        Run,
        cast,
        project_id=cast.project.id,
        thread_id=cast.thread.id,
        status="completed",
        draft_author_id=cast.alice.pk,
    ),
    "step": lambda cast: filled(RunStep, cast, run_id=cast.run.id, status="completed"),
    "call": lambda cast: filled(ProviderCall, cast, run_id=cast.run.id),
    "plain thread": lambda cast: Thread(project=cast.project),
    "plain message": lambda cast: Message(thread=cast.thread, role="assistant"),
    "plain run": lambda cast: Run(
        project=cast.project,
        thread=cast.thread,
        assistant_id="asst_1",
        expires_at=MOMENT,
        status="failed",
    ),
    "plain step": lambda cast: RunStep(run=cast.run, thread_id="t", assistant_id="a", type="x"),
    "plain call": lambda cast: ProviderCall(run=cast.run, started_at=MOMENT, ended_at=MOMENT),
}


def stored(row: models.Model) -> tuple[Any, ...]:
    """Return the row as the database has it: all columns, as text."""
    columns = ", ".join(
        f'"{field.column}"::text'
        for field in row._meta.concrete_fields
        if field.column != "created_at" and not field.primary_key
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def store(*rows: models.Model) -> None:
    fetch(insert(type(rows[0]), ONE_ROW, len(rows)), values(*rows))


@pytest.mark.parametrize("kind", MAKE)
def test_an_insert_stores_what_the_orm_stores(cast: Cast, kind: str) -> None:
    ours, theirs = MAKE[kind](cast), MAKE[kind](cast)
    store(ours)
    theirs.save(force_insert=True)
    assert stored(ours) == stored(theirs)
    assert (ours._state.adding, ours._state.db) == (False, "default")


def test_an_insert_of_several_rows_stores_all_of_them(cast: Cast) -> None:
    rows = [Message(thread=cast.thread, role=role) for role in ("user", "assistant", "user")]
    store(*rows)
    found = Message.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [(row.pk, row.role) for row in found] == [(row.pk, row.role) for row in rows]


def test_an_insert_depends_on_its_source(cast: Cast) -> None:
    thread = Thread(project=cast.project)
    assert fetch(insert(Thread, "(SELECT 1 WHERE false) AS none"), values(thread)) is None
    assert not Thread.objects.filter(pk=thread.pk).exists()


@pytest.mark.parametrize("text", ["x" * 400, "a\0b"])
def test_a_text_that_a_column_cannot_hold_is_an_error_as_in_the_orm(cast: Cast, text: str) -> None:
    def wrong() -> Run:
        return Run(project=cast.project, thread=cast.thread, model=text, expires_at=MOMENT)

    with pytest.raises(DataError), transaction.atomic():
        store(wrong())
    with pytest.raises(DataError), transaction.atomic():
        wrong().save(force_insert=True)


@pytest.mark.parametrize("model", [Message, Run, RunStep])
def test_an_update_writes_what_the_orm_writes(cast: Cast, model: type[models.Model]) -> None:
    kind = {Message: "message", Run: "run", RunStep: "step"}[model]
    ours, theirs = MAKE[f"plain {kind}"](cast), MAKE[f"plain {kind}"](cast)
    store(ours, theirs)
    before = stored(ours)
    changed = MAKE[kind](cast)
    changed.pk = ours.pk
    names = columns_but_key(model)
    fetch(update(model, names, "WHERE id = %s"), [*changes(changed, names), ours.pk])
    changed.pk, changed._state.adding = theirs.pk, False
    changed.save(force_update=True)
    assert before != stored(ours) == stored(theirs)


@pytest.mark.parametrize("kind", ["thread", "message", "run", "step", "call", "plain run"])
def test_a_row_is_read_as_the_orm_reads_it(cast: Cast, kind: str) -> None:
    row = MAKE[kind](cast)
    row.save(force_insert=True)
    model = type(row)
    table = model._meta.db_table
    record = fetch(f"SELECT {read_columns(model)} FROM {table} WHERE id = %s", [row.pk])
    assert record is not None
    ours, theirs = row_of(model, record), model._default_manager.get(pk=row.pk)
    assert ours is not None
    assert ours.get_deferred_fields() == theirs.get_deferred_fields()
    names = [one.attname for one in model._meta.concrete_fields]
    read = [name for name in names if name not in theirs.get_deferred_fields()]
    assert [getattr(ours, name) for name in read] == [getattr(theirs, name) for name in read]
    assert (ours._state.adding, ours._state.db) == (theirs._state.adding, theirs._state.db)


def test_a_missing_row_is_none(cast: Cast) -> None:
    record = fetch(
        f"SELECT {read_columns(Assistant)} FROM (SELECT 1) AS one LEFT JOIN assistant ON false", []
    )
    assert record is not None
    assert row_of(Assistant, record) is None
