"""Rows from before there were origins get theirs, as far as it is known."""

from django.db import migrations

RUNS = """
UPDATE run SET origin = CASE WHEN recorded THEN 'import' ELSE 'page' END
WHERE recorded OR from_page
"""
# Only the page forks threads, and a person who begins a thread on the page usually runs it. The
# audit names copies of what share links show. Others stay threads of the API.
THREADS = """
UPDATE thread SET origin = found.origin
FROM (
    SELECT thread.id, CASE
        WHEN EXISTS (SELECT FROM audit_entry WHERE audit_entry.project_id = thread.project_id
            AND target_id = thread.id AND verb = 'fork_shared_thread') THEN 'share'
        WHEN forked_from_id IS NOT NULL THEN 'page'
        ELSE first.origin
    END AS origin
    FROM thread
    LEFT JOIN LATERAL (
        SELECT run.origin FROM run WHERE run.thread_id = thread.id ORDER BY run.id LIMIT 1
    ) first ON true
) found
WHERE found.id = thread.id AND found.origin <> thread.origin
"""


class Migration(migrations.Migration):
    # Each statement by itself, so that a row isn't locked for longer than its table takes. Both may
    # be carried out again.
    atomic = False
    dependencies = [
        ("assistants", "0036_origins"),
    ]

    operations = [
        migrations.RunSQL(RUNS, migrations.RunSQL.noop),
        migrations.RunSQL(THREADS, migrations.RunSQL.noop),
    ]
