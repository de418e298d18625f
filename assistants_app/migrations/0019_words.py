"""The app writes the words of messages and chunks itself. Old rows are rebuilt in the background."""

from typing import Any

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

# Old messages are found by the old index until their words are rebuilt.
KEEP_OLD_INDEX = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM message) THEN
        ALTER INDEX message_words RENAME TO message_words_before;
    ELSE
        DROP INDEX message_words;
    END IF;
END $$
"""
# What the models of before expect. An index that was dropped is made again.
RESTORE_OLD_INDEX = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_indexes WHERE indexname = 'message_words_before') THEN
        ALTER INDEX message_words_before RENAME TO message_words;
    ELSE
        CREATE INDEX message_words ON message USING gin (jsonb_to_tsvector(
            'simple'::regconfig,
            jsonb_path_query_array(content::jsonb, '$[*].text.value'),
            '["string"]'
        ));
    END IF;
END $$
"""
RESTORE_OLD_WORDS = """
ALTER TABLE chunk DROP COLUMN words;
ALTER TABLE chunk ADD COLUMN words tsvector GENERATED ALWAYS AS (
    to_tsvector('english'::regconfig, heading || ' ' || text)
    || array_to_tsvector(ARRAY[store_id::text])
) STORED;
CREATE INDEX chunk_words ON chunk USING gin (words) WITH (fastupdate = off)
"""


def note_old_rows(apps: Any, schema_editor: Any) -> None:
    """Record which tables have rows with the words of PostgreSQL's parser, version 0."""
    state = apps.get_model("assistants", "WordsState")
    for table in ("message", "chunk"):
        newest = apps.get_model("assistants", table).objects.order_by("-pk").only("pk").first()
        last = "" if newest is None else str(newest.pk)
        state.objects.create(table=table, version=0 if last else 1, last=last)


class Migration(migrations.Migration):
    dependencies = [("assistants", "0018_receipts")]

    operations = [
        migrations.CreateModel(
            name="WordsState",
            fields=[
                ("table", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("rebuilding", models.IntegerField(default=0)),
                ("position", models.CharField(db_collation="C", default="", max_length=64)),
                ("last", models.CharField(db_collation="C", default="", max_length=64)),
                ("rows", models.BigIntegerField(default=0)),
                ("rows_done", models.BigIntegerField(default=0)),
                ("lease_expires_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "words_state"},
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(KEEP_OLD_INDEX, RESTORE_OLD_INDEX)],
            state_operations=[migrations.RemoveIndex(model_name="message", name="message_words")],
        ),
        migrations.AddField(
            model_name="message",
            name="words",
            field=django.contrib.postgres.search.SearchVectorField(null=True),
        ),
        migrations.SeparateDatabaseAndState(
            # Only changes the catalog: each row keeps its words.
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE chunk ALTER COLUMN words DROP EXPRESSION", RESTORE_OLD_WORDS
                )
            ],
            state_operations=[
                migrations.RemoveIndex(model_name="chunk", name="chunk_words"),
                migrations.RemoveField(model_name="chunk", name="words"),
                migrations.AddField(
                    model_name="chunk",
                    name="words",
                    field=django.contrib.postgres.search.SearchVectorField(),
                ),
                migrations.AddIndex(
                    model_name="chunk",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["words"], name="chunk_words"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("words__isnull", False)),
                fields=["words"],
                name="message_by_words",
            ),
        ),
        migrations.RunPython(note_old_rows, migrations.RunPython.noop),
    ]
