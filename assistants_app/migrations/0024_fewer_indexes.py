"""The tables that each run writes to lose the indexes that repeat another one."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# By what they are, because those of the oldest tables have other names. `*_like` indexes are for
# prefixes under a locale's collation, and all these columns have the collation C. The others have a
# single column that is the first one of a longer index.
DROP = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT i.indexrelid::regclass AS name
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        JOIN pg_opclass o ON o.oid = i.indclass[0]
        WHERE c.relnamespace = current_schema()::regnamespace
            AND i.indnkeyatts = 1 AND NOT i.indisunique AND i.indpred IS NULL
            AND (
                (c.relname, a.attname::text) IN (
                    ('run', 'project_id'), ('run', 'thread_id'), ('run_step', 'run_id'),
                    ('message', 'thread_id'), ('thread', 'project_id'), ('receipt', 'project_id'))
                OR o.opcname = 'varchar_pattern_ops' AND (c.relname, a.attname::text) IN (
                    ('run', 'id'), ('run_step', 'id'), ('message', 'id'), ('thread', 'id'),
                    ('provider_call', 'id'), ('provider_call', 'run_id'))
            )
    LOOP
        EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
END $$
"""


def without_index(model: str, name: str, to: str, **options: Any) -> migrations.AlterField:
    """Return the change of a foreign key that has no index of its own any more."""
    field = models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, to=to, db_index=False, **options
    )
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("assistants", "0023_waiting_times")]

    operations = [
        # Django would also drop the foreign keys, and check each row when it creates them again.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(DROP, migrations.RunSQL.noop)],
            state_operations=[
                without_index("run", "project", "assistants.project", related_name="runs"),
                without_index("run", "thread", "assistants.thread", related_name="runs"),
                without_index("runstep", "run", "assistants.run", related_name="steps"),
                without_index("message", "thread", "assistants.thread", related_name="messages"),
                without_index("thread", "project", "assistants.project", related_name="threads"),
                without_index("receipt", "project", "assistants.project"),
            ],
        ),
    ]
