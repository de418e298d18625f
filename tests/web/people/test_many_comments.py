"""Pages of a project with 100,000 comments, ratings and notices.

They take as many queries as with a few. A time would depend on the machine.
"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Message
from tests.cast import Cast
from tests.queries.threads.conversations import reply
from tests.web.pages import project_url, signed_in
from tests.web.people.instructions import assistant_with

# The parameters are IDs. Every message has 50 comments. Foreign keys aren't checked, which takes
# seconds.
FILL = """
SET session_replication_role = replica;
INSERT INTO message
    (id, thread_id, created_at, role, status, content, attachments, metadata, words)
    SELECT 'msg_9' || lpad(n::text, 20, '0'), 'thread_9' || lpad((n / 100)::text, 20, '0'), now(),
        'assistant', 'completed', '[]', '[]', '{}', ''
    FROM generate_series(1, 2000) n;
INSERT INTO comment
    (id, project_id, thread_id, message_id, author_id, quote, text, mentions, created_at)
    SELECT 'cmt_9' || lpad(n::text, 20, '0'), %(project)s,
        'thread_9' || lpad((n %% 2000 / 100)::text, 20, '0'),
        'msg_9' || lpad((n %% 2000 + 1)::text, 20, '0'), %(bob)s, '', 'Look, @alice', '["alice"]',
        now()
    FROM generate_series(1, 100000) n;
INSERT INTO notice (id, project_id, user_id, kind, comment_id, actor_id, created_at)
    SELECT 'ntc_9' || lpad(n::text, 20, '0'), %(project)s, %(alice)s, 'mention',
        'cmt_9' || lpad(n::text, 20, '0'), %(bob)s, now()
    FROM generate_series(1, 100000) n;
INSERT INTO rating (thread_id, message_id, user_id, value, note, created_at)
    SELECT 'thread_9' || lpad((n / 100)::text, 20, '0'), 'msg_9' || lpad(n::text, 20, '0'),
        %(bob)s, 1, '', now()
    FROM generate_series(1, 2000) n;
SET session_replication_role = DEFAULT;
ANALYZE message, comment, notice, rating;
"""


def add_comments(cast: Cast, *messages: Message) -> None:
    """Let bob comment on these messages and rate them."""
    with connection.cursor() as cursor:
        for message in messages:
            values: dict[str, str | int] = {
                "thread": cast.thread.id,
                "message": message.id,
                "bob": cast.bob.pk,
            }
            cursor.execute(
                "INSERT INTO comment (id, project_id, thread_id, message_id, author_id, quote,"
                " text, mentions, created_at) SELECT 'cmt_8' || %(message)s || n, %(project)s,"
                " %(thread)s, %(message)s, %(bob)s, '', 'Hm', '[]', now()"
                " FROM generate_series(1, 30) n",
                {**values, "project": cast.project.id},
            )
            cursor.execute(
                "INSERT INTO rating (thread_id, message_id, user_id, value, note, created_at)"
                " VALUES (%(thread)s, %(message)s, %(bob)s, -1, '', now())",
                values,
            )


def count_queries(client: Client, cast: Cast, version: str) -> dict[str, int]:
    pages = {
        "playground": {"t": cast.thread.id},
        "threads": {"rating": "down"},
        "notices": {},
        "bell": {},
        version: {},
    }
    counts = {}
    for name, query in pages.items():
        url = name if name.startswith("/") else project_url(cast, name)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, query).status_code == 200
        counts[name] = len(asked)
    return counts


@pytest.mark.django_db
def test_pages_take_as_many_queries_for_many_comments_as_for_few(cast: Cast) -> None:
    client = signed_in(cast.alice)
    assistant = assistant_with(cast, "One\nTwo")
    version = project_url(cast, "instruction_comments", assistant.id, "1")
    fill(cast, FILL.replace("100000", "20").replace("1, 2000", "1, 20"))
    add_comments(cast, reply(cast))
    before = count_queries(client, cast, version)
    # The same again with other IDs, and with all comments on the thread's messages.
    fill(cast, FILL.replace("_9'", "_8'"))
    add_comments(cast, *(reply(cast) for _ in range(50)))
    assert count_queries(client, cast, version) == before


def fill(cast: Cast, statements: str) -> None:
    values: dict[str, str | int] = {
        "project": cast.project.id,
        "alice": cast.alice.pk,
        "bob": cast.bob.pk,
    }
    with connection.cursor() as cursor:
        for statement in filter(str.strip, statements.split(";")):
            cursor.execute(statement, values)


@pytest.mark.django_db
def test_reads_of_comments_use_an_index(cast: Cast) -> None:
    fill(cast, FILL)
    client = signed_in(cast.alice)
    for name, query in (("playground", {"t": cast.thread.id}), ("notices", {}), ("bell", {})):
        with CaptureQueriesContext(connection) as asked:
            client.get(project_url(cast, name), query)
        reads = [one["sql"] for one in asked if _is_about_people(one["sql"])]
        assert reads
        for sql in reads:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan on comment" not in plan, plan
            assert "Seq Scan on notice" not in plan, plan


def _is_about_people(sql: str) -> bool:
    return sql.startswith("SELECT") and any(f'"{name}"' in sql for name in ("comment", "notice"))
