"""Threads of many messages, written into the site's database at once."""

import json
from datetime import UTC, datetime

import psycopg
from openai import OpenAI

from assistants_app.domain.ids import new_id
from assistants_app.domain.words.vectors import plain_vector
from assistants_app.wire.threads.messages import text_part
from tests.live import LiveSite

COLUMNS = (
    "id",
    "thread_id",
    "created_at",
    "role",
    "status",
    "content",
    "attachments",
    "metadata",
    "words",
)


def long_thread(
    site: LiveSite, client: OpenAI, count: int, *, thread_id: str = ""
) -> tuple[str, list[str]]:
    """Insert a thread with the messages "Message 1", "Message 2" and so on, in turn by the user and
    the assistant, or add them to `thread_id`. Return its ID and theirs.
    """
    thread_id = thread_id or client.beta.threads.create().id
    ids = [new_id("msg") for _ in range(count)]
    command = f"COPY message ({', '.join(COLUMNS)}) FROM STDIN"
    with (
        psycopg.connect(site.database_url) as connection,
        connection.cursor().copy(command) as copy,
    ):
        for number, message_id in enumerate(ids, 1):
            copy.write_row(_columns(thread_id, message_id, number))
    return thread_id, ids


def _columns(thread_id: str, message_id: str, number: int) -> tuple[object, ...]:
    text = f"Message {number}"
    role = "user" if number % 2 else "assistant"
    content = json.dumps([text_part(text)])
    now, words = datetime.now(UTC), plain_vector([text])
    return message_id, thread_id, now, role, "completed", content, "[]", "{}", words
