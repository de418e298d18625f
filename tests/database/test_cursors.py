"""Statements of Django are prepared, with parameters that the server binds."""

import psycopg
import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from playground.database.cursors import with_numbers

pytestmark = pytest.mark.django_db


def test_placeholders_get_numbers() -> None:
    text, names = with_numbers("a LIKE '%%s' AND b = %s OR c = %s")
    assert (text, names) == ("a LIKE '%s' AND b = $1 OR c = $2", ())


def test_named_placeholders_get_the_number_of_their_name() -> None:
    text, names = with_numbers("a = %(x)s OR b = %(y)s OR c = %(x)s")
    assert (text, names) == ("a = $1 OR b = $2 OR c = $1", ("x", "y"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %(x)s::int - %(y)s::int - %(x)s::int", {"y": 2, "x": 5})
        assert cursor.fetchone() == (-2,)


@pytest.mark.parametrize("wrong", ["%b", "5 %", "%(name"])
def test_other_placeholders_are_errors(wrong: str) -> None:
    with pytest.raises(psycopg.ProgrammingError, match="neither"):
        with_numbers(wrong)


def test_statements_with_parameters_are_prepared() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int + 1", [1])
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT 1; SELECT 2")
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert "SELECT $1::int + 1" in prepared
    assert not [one for one in prepared if ";" in one]


def test_a_statement_is_executed_for_many_parameters() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE twice (n int) ON COMMIT DROP")
        cursor.executemany("INSERT INTO twice VALUES (%s * 2)", [(1,), (2,)])
        cursor.execute("SELECT array_agg(n ORDER BY n) FROM twice")
        assert cursor.fetchone() == ([2, 4],)


def test_named_parameters_need_not_be_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1", {"project": "p"})
        assert cursor.fetchone() == (1,)


def test_an_error_names_what_is_wrong() -> None:
    with pytest.raises(ProgrammingError, match="nothing"), transaction.atomic():
        with_error()


def test_an_error_in_a_copy_is_djangos() -> None:
    def copy_text() -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY twice FROM STDIN") as copy,
        ):
            copy.write("not a number\n")

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE twice (n int) ON COMMIT DROP")
    with pytest.raises(DataError, match="not a number"), transaction.atomic():
        copy_text()


def with_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nothing WHERE a = %s", [1])
