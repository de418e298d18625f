"""A project with many assistants and threads, written into the site's database at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.live import LiveSite

FILL = """
INSERT INTO project (id, name, created_at) VALUES (%(project)s, 'Many things', now());
INSERT INTO membership (project_id, user_id, role, created_at)
    SELECT %(project)s, user_id, role, now() FROM membership WHERE project_id = %(own)s;
INSERT INTO assistant
    (id, project_id, created_at, name, model, tools, tool_resources, metadata)
    SELECT 'asst_' || %(mark)s || lpad(n::text, 20, '0'), %(project)s,
        now() - (%(assistants)s - n) * interval '1 hour', 'Helper ' || lpad(n::text, 3, '0'),
        'scripted-' || (n %% 3 + 1), '[]', '{}', '{}'
    FROM generate_series(1, %(assistants)s) n;
INSERT INTO thread (id, project_id, created_at, tool_resources, metadata)
    SELECT 'thread_' || %(mark)s || lpad(n::text, 20, '0'), %(project)s,
        now() - (%(threads)s - n) * interval '1 minute', '{}',
        jsonb_build_object('title', 'Talk ' || lpad(n::text, 5, '0'))
    FROM generate_series(1, %(threads)s) n;
"""


LEAVE = "DELETE FROM membership WHERE project_id = %(project)s"


@contextmanager
def many_things(site: LiveSite, mark: str, *, assistants: int, threads: int) -> Iterator[str]:
    """Insert a project of the site's user, and give the URL of its playground.

    Its ID comes before all others, so that it isn't the project that the site opens first.
    """
    values = {
        "project": f"proj_0{mark}",
        "own": site.project_id,
        "mark": mark,
        "assistants": assistants,
        "threads": threads,
    }
    # One statement at a time, because the server accepts only one with parameters.
    with psycopg.connect(site.database_url) as connection:
        for statement in filter(str.strip, FILL.split(";")):
            connection.execute(statement, values)
    yield f"{site.url}/p/{values['project']}/playground/"
    with psycopg.connect(site.database_url) as connection:
        connection.execute(LEAVE, values)
