"""Statements past psycopg's cursors, which begin and end their transaction in one round trip."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from assistants_app.models import Project
from assistants_app.statements.execute import (
    execute_before,
    fetch,
    fetch_all,
    fetch_each,
    leave_out,
)
from tests.database.test_connections import backend, end_backend, in_thread

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "INSERT INTO project (id, name, created_at) VALUES (%s, %s, now()) RETURNING id"
PLACE = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL, %s::text"


@pytest.fixture(autouse=True)
def prepared() -> None:
    # The first time, psycopg prepares them.
    for statement, parameters in ((ADD, ["proj_0", "zero"]), (PLACE, ["a"])):
        fetch(statement, parameters)
    assert executed_directly(PLACE, ["b"])


def executed_directly(statement: str, parameters: list[Any]) -> bool:
    """Return whether the statement is carried out without a cursor."""
    with connection.cursor():
        kept = connection._kept  # type: ignore[attr-defined]
        return kept.direct.fetch_all((statement, parameters)) is not None


def names() -> list[str]:
    return sorted(Project.objects.exclude(name="zero").values_list("name", flat=True))


@transaction.atomic
def add(*added: str, ends: bool = False) -> None:
    for number, name in enumerate(added, start=1):
        fetch(ADD, [f"proj_{name}", name], ends=ends and number == len(added))


@transaction.atomic
def add_and_fail(name: str, *, ends: bool) -> None:
    fetch(ADD, [f"proj_{name}", name], ends=ends)
    raise ZeroDivisionError


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("added", [("a",), ("a", "b"), ("a", "b", "c")])
def test_a_transaction_is_committed_by_its_last_statement_or_afterwards(
    added: tuple[str, ...], *, ends: bool
) -> None:
    add(*added, ends=ends)
    assert connection.connection is None
    assert in_thread(names) == [*added]


def test_statements_that_are_sent_together_are_transactions_of_their_own() -> None:
    count = "SELECT count(*) FROM project WHERE id = %s"
    for name in ("a", "b"):  # prepared at first
        added, found = fetch_each((ADD, [f"proj_{name}", name]), (count, [f"proj_{name}"]))
        assert (added, found) == ([(f"proj_{name}",)], [(1,)])
        assert in_thread(names)[-1] == name
    with pytest.raises(IntegrityError):
        fetch_each((ADD, ["proj_c", "c"]), (ADD, ["proj_a", "a"]), (count, ["proj_a"]))
    assert in_thread(names) == ["a", "b", "c"]
    assert fetch_each((count, ["proj_c"])) == [[(1,)]]
    assert connection.connection is None


@transaction.atomic
def add_together_and_fail(*, first: bool) -> None:
    if not first:
        fetch(PLACE, ["a"])
    fetch_each((ADD, ["proj_a", "a"]), (ADD, ["proj_b", "b"]))
    raise ZeroDivisionError


@pytest.mark.parametrize("first", [True, False])
def test_in_a_transaction_they_are_part_of_it(*, first: bool) -> None:
    with pytest.raises(ZeroDivisionError):
        add_together_and_fail(first=first)
    assert names() == []


def test_a_statement_that_ends_is_visible_before_the_block_ends() -> None:
    with transaction.atomic():
        fetch(ADD, ["proj_a", "a"])
        assert in_thread(names) == []
        fetch(ADD, ["proj_b", "b"], ends=True)
        assert in_thread(names) == ["a", "b"]


def test_what_waits_for_the_commit_is_called_once() -> None:
    calls = []
    with transaction.atomic():
        transaction.on_commit(lambda: calls.append(names()))
        fetch(ADD, ["proj_a", "a"], ends=True)
    assert calls == [["a"]]


def test_only_the_outermost_block_is_ended() -> None:
    @transaction.atomic
    def outer() -> None:
        add("a", ends=True)
        add_and_fail("b", ends=True)

    with pytest.raises(ZeroDivisionError):
        outer()
    assert names() == []


def test_a_failed_block_is_rolled_back_and_its_connection_is_clean() -> None:
    with pytest.raises(ZeroDivisionError):
        add_and_fail("a", ends=False)
    assert names() == []
    # psycopg has forgotten its statements with the rollback.
    add("b", ends=True)
    add("c", ends=True)
    assert names() == ["b", "c"]


@pytest.mark.parametrize("ends", [True, False])
def test_a_failed_statement_fails_its_transaction(*, ends: bool) -> None:
    with pytest.raises(IntegrityError, match="duplicate"):
        add("a", "a", ends=ends)
    assert names() == []
    with pytest.raises(DataError, match="too long"):
        add("a" * 1000, ends=ends)
    add("b", ends=ends)
    assert names() == ["b"]


def test_what_only_the_commit_refuses_is_an_error() -> None:
    key = (
        "INSERT INTO api_key (id, project_id, name, digest, last_four, created_at)"
        " VALUES (%s, %s, 'n', %s, '', now()) RETURNING id"
    )
    with transaction.atomic():
        fetch(key, ["key_0", "proj_0", "d0"])
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        fetch(key, ["key_1", "nothing", "d1"], ends=True)
    assert connection.connection is None


def test_parameters_and_rows_may_be_larger_than_a_socket_takes_at_once() -> None:
    large = "ä" * 5_000_000
    with transaction.atomic():
        assert fetch_all(PLACE, [large], ends=True) == [(False, large)]
    assert fetch_all(PLACE, [large]) == [(False, large)]


@pytest.mark.parametrize("ends", [True, False])
def test_a_lost_connection_is_an_error_once(*, ends: bool) -> None:
    @transaction.atomic
    def lose() -> None:
        end_backend(backend())
        fetch(ADD, ["proj_a", "a"], ends=ends)

    with pytest.raises(OperationalError):
        lose()
    add("b", ends=ends)
    assert names() == ["b"]


@pytest.mark.parametrize("prepares", [True, False])
@pytest.mark.parametrize("ends", [True, False])
def test_what_goes_before_a_transaction_is_committed_before_it(
    *, prepares: bool, ends: bool
) -> None:
    @transaction.atomic
    def fail() -> None:
        fetch(ADD if prepares else f"{ADD}, name", ["proj_0", "zero"], ends=ends)

    execute_before(ADD, ["proj_a", "a"])
    with pytest.raises(IntegrityError, match="duplicate"):
        fail()
    assert names() == ["a"]
    add("b", ends=ends)
    assert names() == ["a", "b"]


def test_what_goes_before_comes_with_the_orms_statements_too() -> None:
    execute_before(ADD, ["proj_a", "a"])
    assert names() == ["a"]
    execute_before(f"{ADD}, name", ["proj_b", "b"])
    with transaction.atomic():
        assert names() == ["a", "b"]
        assert in_thread(names) == ["a", "b"]
    assert connection.connection is None


def test_what_goes_before_nothing_can_be_left_out() -> None:
    execute_before(ADD, ["proj_a", "a"])
    leave_out()
    assert names() == []
    execute_before(ADD, ["proj_b", "b"])
    assert fetch(PLACE, ["x"]) == (False, "x")
    assert names() == ["b"]
