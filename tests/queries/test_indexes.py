"""The tables that each run writes to have no index that repeats another one."""

import pytest
from django.db import connection

TABLES = ["message", "provider_call", "receipt", "run", "run_step", "thread"]
# Each is a plain index whose columns are the first ones of another index of the whole table, in the
# same order. Under the collation C, `varchar_pattern_ops` sorts like the usual operators.
REPEATED = """
    WITH plain AS (
        SELECT indrelid, indexrelid, indisunique, array(
            SELECT key FROM unnest(indkey::int[]) WITH ORDINALITY AS k(key, at)
            WHERE at <= indnkeyatts ORDER BY at) AS keys
        FROM pg_index WHERE indpred IS NULL AND indexprs IS NULL
            AND indrelid = ANY(SELECT oid FROM pg_class WHERE relname = ANY(%s)))
    SELECT one.indexrelid::regclass::text FROM plain one JOIN plain other USING (indrelid)
    WHERE one.indexrelid <> other.indexrelid AND NOT one.indisunique
        AND one.keys = other.keys[1:cardinality(one.keys)]
"""


@pytest.mark.django_db
def test_no_index_repeats_another_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute(REPEATED, [TABLES])
        assert sorted({name for (name,) in cursor.fetchall()}) == []
