"""Idempotency keys become receipts, which name what a request has made.

Stores take turns at indexing, so the index of waiting files begins with their store.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

# Answers were stored as JSON: {"body": ...}, or {"run": ..., "after": ...} for a stream.
ANSWERS = """
UPDATE receipt SET
    kind = CASE WHEN answer LIKE '{"run"%' THEN 'run' ELSE '' END,
    made = coalesce(answer::json ->> 'run', ''),
    after = coalesce(answer::json ->> 'after', ''),
    answer = coalesce(answer::json ->> 'body', '')
WHERE answer <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("assistants", "0017_time_zone")]

    operations = [
        migrations.RenameModel("IdempotencyKey", "Receipt"),
        migrations.AlterModelTable("receipt", "receipt"),
        migrations.RemoveIndex("receipt", "idempotency_key_age"),
        migrations.RemoveConstraint("receipt", "idempotency_key_once"),
        migrations.AlterField("receipt", "key", models.CharField(max_length=255, null=True)),
        migrations.AlterField(
            "receipt", "answer", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AlterField(
            "receipt",
            "claimed_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            "receipt",
            "kind",
            models.CharField(blank=True, db_default="", default="", max_length=32),
        ),
        migrations.AddField(
            "receipt",
            "made",
            models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            "receipt",
            "after",
            models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField("receipt", "held_until", models.DateTimeField(null=True)),
        migrations.RunSQL(ANSWERS, migrations.RunSQL.noop),
        migrations.AddIndex("receipt", models.Index(fields=["claimed_at"], name="receipt_age")),
        migrations.AddIndex(
            "receipt",
            models.Index(
                condition=models.Q(("key__isnull", True)), fields=["digest"], name="receipt_digest"
            ),
        ),
        migrations.AddConstraint(
            "receipt",
            models.UniqueConstraint(fields=("project", "key"), name="receipt_key_once"),
        ),
        migrations.RemoveIndex("vectorstorefile", "vector_store_file_pending"),
        migrations.AddIndex(
            "vectorstorefile",
            models.Index(
                condition=models.Q(("pending", True)),
                fields=["store", "priority", "id"],
                name="vector_store_file_waiting",
            ),
        ),
    ]
