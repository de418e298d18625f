"""The names of all files that a thread knows, or has known."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from assistants_app.models import Assistant, Thread
from assistants_app.queries.files.use import code_files
from assistants_app.queries.stores.stores import store_ids

# The thread, and those that it was forked from. An ID is listed even if its thread was deleted.
_THREADS = """
WITH RECURSIVE family(id) AS (
    SELECT %s::text COLLATE "C"
    UNION
    SELECT thread.forked_from_id FROM thread JOIN family ON thread.id = family.id
    WHERE thread.forked_from_id IS NOT NULL AND thread.project_id = %s
)
SELECT family.id, thread.tool_resources FROM family LEFT JOIN thread ON thread.id = family.id
"""
_RUNS = """
SELECT DISTINCT assistant_id, tool_resources::text FROM run WHERE thread_id = ANY(%s)
"""
_AUTHORS = """
SELECT DISTINCT assistant_id FROM message WHERE thread_id = ANY(%s) AND assistant_id IS NOT NULL
"""
# The IDs of files in messages. Most have none, which their text shows without being parsed.
_IN_MESSAGES = """
SELECT one->>'file_id' FROM message, json_array_elements(attachments) one
WHERE thread_id = ANY(%(threads)s) AND has_attachments
UNION
SELECT COALESCE(one->'image_file'->>'file_id', note->'file_path'->>'file_id')
FROM message
JOIN json_array_elements(content) one ON true
LEFT JOIN json_array_elements(
    CASE json_typeof(one->'text'->'annotations') WHEN 'array' THEN one->'text'->'annotations' END
) note ON true
WHERE thread_id = ANY(%(threads)s)
AND (content::text LIKE '%%"image_file"%%' OR content::text LIKE '%%"file_path"%%')
"""
_NAMES = """
SELECT filename FROM file WHERE project_id = %(project)s AND id = ANY(%(files)s)
UNION
SELECT file.filename FROM vector_store_file JOIN vector_store ON vector_store.id = store_id
JOIN file ON file.id = file_id
WHERE store_id = ANY(%(stores)s) AND vector_store.project_id = %(project)s
UNION
SELECT name FROM session_file WHERE thread_id = ANY(%(threads)s)
UNION
SELECT filename FROM citation WHERE thread_id = ANY(%(threads)s)
UNION
SELECT name FROM former_file_name
WHERE project_id = %(project)s AND owner_id = ANY(%(files)s || %(stores)s || %(threads)s)
"""


def known_names(thread: Thread) -> list[str]:
    """Return the names of all files that the thread knows, in no order that means anything.

    Those in any of its messages, in its tools and stores and those of its assistants, and those
    that code has made: also if the file, the message or the store has been deleted. Makes the same
    number of queries however long the thread is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_THREADS, [thread.id, thread.project_id])
        family = dict(cursor.fetchall())
        threads = list(family)
        cursor.execute(_RUNS, [threads])
        runs = cursor.fetchall()
        cursor.execute(_AUTHORS, [threads])
        authors = {row[0] for row in cursor.fetchall()} | {assistant_id for assistant_id, _ in runs}
        cursor.execute(_IN_MESSAGES, {"threads": threads})
        files = {row[0] for row in cursor.fetchall() if row[0]}
    assistants = Assistant.objects.filter(project=thread.project_id, pk__in=authors)
    resources = [
        *family.values(),
        *(json.loads(resources) for _, resources in runs),
        *assistants.values_list("tool_resources", flat=True),
    ]
    return names_of(thread.project_id, threads=threads, files=files, resources=resources)


def names_of(
    project_id: str,
    *,
    threads: Iterable[str] = (),
    files: Iterable[str] = (),
    resources: Iterable[Mapping[str, Any] | None] = (),
) -> list[str]:
    """Return the names of these files, and of those that threads and tool resources know."""
    given = [dict(one) for one in resources if one]
    wanted: dict[str, Any] = {
        "project": project_id,
        "threads": list(threads),
        "files": [*files, *(file_id for one in given for file_id in code_files(one))],
        "stores": [store_id for one in given for store_id in store_ids(one)],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, wanted)
        return [row[0] for row in cursor.fetchall()]
