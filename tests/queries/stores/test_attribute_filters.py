"""Any filter in SQL matches the same files as a plain reading of it in Python."""

import operator as operators
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_app.domain.searches.attribute_filters import (
    AttributeFilter,
    Comparison,
    Compound,
    Value,
)
from assistants_app.models import VectorStore, VectorStoreFile
from assistants_app.queries.stores.attribute_filters import condition_of
from tests.cast import Cast, make_file

KEYS = ("year", "kind", "a'b\"%s")
texts = st.sampled_from(["", "a", "B", "ä", "2024-01-02", "it's", "%s", '"', "\\", "😀"])
numbers = st.one_of(st.integers(-3, 3), st.sampled_from([-0.5, 0.25, 1.0, 1e22, 2**53 + 1]))
values = st.one_of(texts, numbers, st.booleans())
attributes = st.dictionaries(st.sampled_from(KEYS), values, max_size=3)
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operators.gt,
    "gte": operators.ge,
    "lt": operators.lt,
    "lte": operators.le,
}
comparisons = st.one_of(
    st.builds(
        Comparison,
        st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
        st.sampled_from(KEYS),
        values,
    ),
    st.builds(
        Comparison,
        st.sampled_from(["in", "nin"]),
        st.sampled_from(KEYS),
        st.lists(values, max_size=4).map(tuple),
    ),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.builds(
        Compound, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3).map(tuple)
    ),
    max_leaves=6,
)


def kind(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def same(one: Value, other: Value) -> bool:
    return kind(one) == kind(other) and one == other


def matches(row: dict[str, Value], wanted: AttributeFilter) -> bool:
    """Return whether the row matches, by a plain reading of the filter."""
    if isinstance(wanted, Compound):
        results = [matches(row, item) for item in wanted.filters]
        return all(results) if wanted.operator == "and" else any(results)
    operator, value = wanted.operator, wanted.value
    there = row.get(wanted.key)
    if operator in {"eq", "ne", "in", "nin"}:
        listed = value if isinstance(value, tuple) else (value,)
        equal = there is not None and any(same(there, item) for item in listed)
        return equal != (operator in {"ne", "nin"})
    if there is None or isinstance(value, tuple) or kind(there) != kind(value):
        return False
    if isinstance(there, bool):
        return False
    # Python compares integers and floats exactly, as PostgreSQL does.
    return bool(SIGNS[operator](there, value))


@pytest.fixture
def rows(cast: Cast) -> list[VectorStoreFile]:
    store = VectorStore.objects.create(project=cast.project, embedding_model="m")
    return [
        VectorStoreFile.objects.create(store=store, file=make_file(cast.project)) for _ in range(4)
    ]


@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(given_attributes=st.lists(attributes, min_size=4, max_size=4), wanted=filters)
def test_sql_matches_the_same_files_as_a_plain_reading(
    rows: list[VectorStoreFile],
    given_attributes: list[dict[str, Value]],
    wanted: AttributeFilter,
) -> None:
    for row, mine in zip(rows, given_attributes, strict=True):
        row.attributes = mine
    VectorStoreFile.objects.bulk_update(rows, ["attributes"])
    condition, parameters = condition_of(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.id FROM vector_store_file f WHERE f.store_id = %s AND {condition}",
            [rows[0].store_id, *parameters],
        )
        found = {row_id for (row_id,) in cursor.fetchall()}
    assert found == {
        row.pk for row, mine in zip(rows, given_attributes, strict=True) if matches(mine, wanted)
    }
