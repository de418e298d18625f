"""Messages as prompts need them, with their kept sizes."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

# Part of the hash of what was counted. A higher number makes all kept sizes out of date: raise it
# when a message's form in prompts (engine/context.py) or the tokenizer changes.
SIZE_VERSION = 1
# Messages per read. Short threads read little, and long ones do not ask PostgreSQL too often.
FIRST_PAGE, LARGEST_PAGE = 100, 1000
_AFTER_ALL = "~"  # sorts after every id

# As SQL, with the content as text: 10,000 messages take a third of the time of objects, and a page
# of few saves the millisecond in which the ORM writes the statement.
# The role is part of what is counted, because images of assistants are left out of prompts.
_COUNTED = f"hashtextextended(role || content::text, {SIZE_VERSION})"
_PAGE = f"""
SELECT content::text, id, role, status, incomplete_reason, run_id, copied_from_id, copied_run_id,
    CASE WHEN prompt_tokens_of = {_COUNTED} THEN prompt_tokens END, {_COUNTED}
FROM message WHERE thread_id = %s AND id < %s ORDER BY id DESC LIMIT %s
"""


class PromptMessage(NamedTuple):
    """The columns of a message that prompts need.

    `tokens` is the kept size, None if there is none or it is out of date. `counted` identifies the
    role and the content that a new count would be of.
    """

    content: list[dict[str, Any]]
    id: str
    role: str
    status: str
    incomplete_reason: str | None = None
    run_id: str | None = None
    copied_from_id: str | None = None
    copied_run_id: str | None = None
    tokens: int | None = None
    counted: int = 0


def prompt_messages(thread_id: str) -> Iterator[list[PromptMessage]]:
    """Yield the thread's messages in pages, newest first. Each page is read when it is needed."""
    size, before = FIRST_PAGE, _AFTER_ALL
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, [thread_id, before, size])
            rows = cursor.fetchall()
        contents = json.loads(f"[{','.join([row[0] for row in rows])}]")
        page = [
            PromptMessage(content, *row[1:]) for row, content in zip(rows, contents, strict=True)
        ]
        yield page
        if len(page) < size:
            return
        size, before = min(2 * size, LARGEST_PAGE), page[-1].id
