"""Threads in the orders that a table can be sorted by."""

from typing import Any

from django.db.models import Count, F, IntegerField, Max, OuterRef, Subquery, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from assistants_app.domain.lists import Sort, ThreadFilter
from assistants_app.models import Message, Project, Run, Thread
from assistants_app.queries.pages import Page, order_of, read_numbered_page
from assistants_app.queries.run_costs import cost_order
from assistants_app.queries.threads.rows import TOKENS
from assistants_app.queries.threads.threads import TITLE, matching_threads

_MESSAGES = Message.objects.filter(thread=OuterRef("pk")).order_by().values("thread")
_RUNS = Run.objects.filter(thread=OuterRef("pk")).order_by().values("thread")
# As `title_of`, except for messages that begin with an image.
_TITLE_SQL = """lower(coalesce(nullif(thread.metadata ->> %s, ''), (
    SELECT left(message.content -> 0 -> 'text' ->> 'value', 80) FROM message
    WHERE message.thread_id = thread.id AND message.role = 'user' ORDER BY message.id LIMIT 1
)))"""
SORTS: dict[str, Any] = {
    "title": RawSQL(_TITLE_SQL, (TITLE,), output_field=TextField()),
    "messages": Coalesce(Subquery(_MESSAGES.values(count=Count("pk"))), 0),
    "tokens": Coalesce(Subquery(_RUNS.values(sum=TOKENS), output_field=IntegerField()), 0),
    "cost": cost_order("thread_id", "thread"),
    # IDs are ordered by time, and the newest message of a thread is the end of an index.
    "active": Subquery(_MESSAGES.values(last=Max("pk"))),
    "created": F("id"),
}


def sorted_threads(
    project: Project, narrow: ThreadFilter, sort: Sort, number: int, limit: int
) -> Page[Thread]:
    """Return a numbered page of the threads that match the filter, in this order."""
    rows = matching_threads(project, narrow)
    return read_numbered_page(rows.order_by(*order_of(sort, SORTS)), number, limit)
