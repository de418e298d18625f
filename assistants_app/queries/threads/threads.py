"""Reads of threads and messages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import COMPARE, IMPORT, LISTED
from assistants_app.domain.errors import NotFound
from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.domain.words.searches import exact_query, typed_query
from assistants_app.models import Assistant, Message, Project, Rating, Run, RunStep, Thread
from assistants_app.models.runs import STEP_TOOLS
from assistants_app.queries.pages import Page, read_page
from assistants_app.queries.sealing import require_open, without_sealed
from assistants_app.queries.words import MESSAGES, rebuild_of

BATCH = 100
TITLE = "title"  # the key in a thread's metadata that has its title
NO_FILTER = ThreadFilter()
_NEWEST_RUN = Run.objects.filter(thread=OuterRef(OuterRef("pk"))).order_by("-pk")
_LAST_ASSISTANT = Subquery(
    Assistant.objects.filter(pk__in=_NEWEST_RUN.values("assistant_id")[:1]).values("pk")[:1]
)


def get_thread(project: Project, thread_id: str) -> Thread:
    """Return the thread. Raises :class:`NotFound`."""
    thread = Thread.objects.filter(project=project, pk=thread_id).first()
    if thread is None:
        raise NotFound("thread", thread_id)
    if thread.origin == COMPARE:
        require_open(thread_id)
    return thread


def recorded_thread(project: Project) -> Thread | None:
    """Return the project's recorded example, or None."""
    runs = Run.objects.filter(project=project, recorded=True, origin=IMPORT)
    run = runs.select_related("thread").order_by("pk").first()
    return run.thread if run else None


def find_thread(project: Project, thread_id: str) -> Thread | None:
    """Return the thread, or None if the project has no such thread."""
    rows = without_sealed(Thread.objects.filter(project=project, pk=thread_id), "pk")
    return rows.first()


def list_threads(
    project: Project, page: PageParams, narrow: ThreadFilter = NO_FILTER
) -> Page[Thread]:
    """Return a page of the project's threads that match the filter."""
    return read_page(matching_threads(project, narrow), page)


def matching_threads(project: Project, narrow: ThreadFilter) -> "QuerySet[Thread]":
    """Return the project's threads that match the filter, in no order."""
    rows = Thread.objects.filter(project=project, origin__in=narrow.origins)
    if COMPARE in narrow.origins:
        rows = without_sealed(rows, "pk")
    if narrow.metadata:
        rows = rows.filter(metadata__contains=narrow.metadata)
    if narrow.created_from:
        rows = rows.filter(created_at__gte=narrow.created_from)
    if narrow.created_until:
        # Times on the wire are whole seconds, and the filter includes the last one.
        rows = rows.filter(created_at__lt=narrow.created_until + timedelta(seconds=1))
    if narrow.assistant_id:
        runs = Run.objects.filter(thread_id=OuterRef("pk"), assistant_id=narrow.assistant_id)
        rows = rows.filter(Exists(runs))
    if narrow.text:
        said = Message.objects.filter(
            has_words(narrow.text, typed=narrow.typed), thread_id=OuterRef("pk")
        )
        rows = rows.filter(Exists(said))
    if narrow.status:
        rows = rows.filter(Exists(_newest_runs_that_are(narrow.status, project)))
    if narrow.rating:
        rated = Rating.objects.filter(thread_id=OuterRef("pk"), value=narrow.rating)
        rows = rows.filter(Exists(rated))
    if narrow.tool:
        steps = RunStep.objects.alias(tools=STEP_TOOLS).filter(
            thread_id=OuterRef("pk"), type="tool_calls", **{"tools__contains": [narrow.tool]}
        )
        rows = rows.filter(Exists(steps))
    return rows


def has_words(text: str, *, typed: bool = False) -> Q:
    """Return the condition that a message contains these words.

    With `typed`, the last word may go on.
    """
    query = typed_query(text) if typed else exact_query(text)
    found = Q(_matches("(words @@ %(expressions)s::tsquery)", query)) if query else Q(pk=None)
    if not rebuild_of(MESSAGES):
        return found
    # Messages whose words are not rebuilt yet, by the expression of their old index.
    old = _matches(
        "(jsonb_to_tsvector('simple'::regconfig,"
        " jsonb_path_query_array(content::jsonb, '$[*].text.value'), '[\"string\"]')"
        " @@ websearch_to_tsquery('simple'::regconfig, %(expressions)s))",
        text,
    )
    return found | Q(old, words=None)


def _matches(condition: str, value: str) -> Func:
    return Func(Value(value), template=condition, output_field=BooleanField())


def _newest_runs_that_are(status: str, project: Project) -> "QuerySet[Run]":
    # With the project, although the thread implies it: the index on project and status finds a rare
    # status without a look at every thread (tests/queries/test_plans.py).
    newer = Run.objects.filter(thread_id=OuterRef("thread_id"), pk__gt=OuterRef("pk"))
    return Run.objects.filter(
        ~Exists(newer), thread_id=OuterRef("pk"), project=project, status=status
    )


def get_message(project: Project, thread_id: str, message_id: str) -> Message:
    """Return the message. Raises :class:`NotFound`, for the thread if that doesn't exist either."""
    found = Message.objects.filter(thread__project=project, thread_id=thread_id, pk=message_id)
    message = found.annotate(origin=F("thread__origin")).first()
    if message is None:
        get_thread(project, thread_id)
        raise NotFound("message", message_id)
    if message.origin == COMPARE:
        require_open(thread_id)
    return message


def is_last(message: Message) -> bool:
    """Return whether the thread has no later message."""
    return not Message.objects.filter(thread_id=message.thread_id, pk__gt=message.pk).exists()


def last_question(thread: Thread) -> Message | None:
    """Return the thread's last user message, or None without one."""
    return Message.objects.filter(thread=thread, role="user").order_by("-pk").first()


def list_messages(thread: Thread, page: PageParams, *, run_id: str | None = None) -> Page[Message]:
    """Return a page of the thread's messages, of one run only if `run_id` is given."""
    rows = Message.objects.filter(thread=thread)
    if run_id:
        rows = rows.filter(run_id=run_id)
    return read_page(rows, page)


def messages_of_run(run_id: str) -> list[Message]:
    """Return the messages that the run wrote, oldest first."""
    return list(Message.objects.filter(run_id=run_id).order_by("pk"))


def active_run(thread_id: str) -> Run | None:
    """Return the thread's active run, or None. Runs that wait for their turn don't count."""
    rows = Run.objects.filter(thread_id=thread_id, status__in=run_status.ACTIVE)
    return rows.filter(waits__isnull=True).first()


def last_messages(thread: Thread, *, limit: int) -> list[Message]:
    """Return the thread's newest messages, the oldest of them first."""
    return list(Message.objects.filter(thread=thread).order_by("-pk")[:limit])[::-1]


def each_thread(project: Project, narrow: ThreadFilter) -> Iterator[Thread]:
    """Yield the project's threads that match the filter, newest first, page by page."""
    page = PageParams(limit=BATCH)
    while True:
        found = list_threads(project, page, narrow)
        yield from found.items
        if not found.has_more:
            return
        page = PageParams(limit=BATCH, after=found.items[-1].pk)


def each_message(thread: Thread) -> Iterator[Message]:
    """Yield the thread's messages, oldest first, page by page."""
    page = PageParams(limit=BATCH, order="asc")
    while True:
        found = list_messages(thread, page)
        yield from found.items
        if not found.has_more:
            return
        page = PageParams(limit=BATCH, order="asc", after=found.items[-1].pk)


def threads_by_id(project: Project, thread_ids: Iterable[str]) -> list[Thread]:
    """Return the threads that exist and aren't sealed, newest first."""
    rows = without_sealed(Thread.objects.filter(project=project, pk__in=thread_ids), "pk")
    return list(rows.order_by("-pk"))


@dataclass(frozen=True, slots=True)
class RecentThread:
    """A thread with its title, and the ID of the assistant of its newest run, or "" if it has no
    runs or the assistant was deleted.
    """

    thread: Thread
    title: str
    assistant_id: str


def thread_of_message(project: Project, message_id: str) -> list[Thread]:
    """Return the thread of the message, in a list that is empty if the message doesn't exist or the
    thread is sealed.
    """
    rows = Thread.objects.filter(project=project, messages__pk=message_id)
    return list(without_sealed(rows, "pk"))


def recent_threads(
    project: Project, *, text: str = "", after: str = "", limit: int = 20
) -> Page[RecentThread]:
    """Return the newest threads, or those older than `after`.

    With a `text`, they are those that have its words in a message, or all of it in their title.
    """
    rows = with_beginnings(matching_text(project, text))
    found = read_page(rows, PageParams(limit=limit, after=after or None))
    return Page([recent_of(thread) for thread in found.items], found.has_more)


def matching_text(project: Project, text: str) -> "QuerySet[Thread]":
    """Return the threads that have the words of the text in a message, or all of it in their title.

    Without a text, they are all that lists show.
    """
    rows = Thread.objects.filter(project=project, origin__in=LISTED)
    if text:
        # A list of threads instead of a test of each one, which would take 200 ms for 10,000.
        said = Message.objects.filter(has_words(text, typed=True), thread__project=project)
        titled = Q(**{f"metadata__{TITLE}__icontains": text})
        rows = rows.filter(Q(pk__in=said.order_by().values("thread_id")) | titled)
    return rows


def with_beginnings(rows: "QuerySet[Thread]") -> "QuerySet[Thread]":
    """Add what `recent_of` needs to the threads."""
    first = Message.objects.filter(thread=OuterRef("pk"), role="user").order_by("pk")
    return rows.annotate(begins=Subquery(first.values("content")[:1]), answered_by=_LAST_ASSISTANT)


def recent_of(thread: Any) -> RecentThread:
    """Return a thread that `with_beginnings` has read."""
    title = str(thread.metadata.get(TITLE) or title_of_content(thread.begins))
    return RecentThread(thread, title, thread.answered_by or "")


def last_assistant(thread: Thread) -> str:
    """Return the ID of the assistant of the thread's newest run, or "" as in `RecentThread`."""
    rows = Thread.objects.filter(pk=thread.pk).values_list(_LAST_ASSISTANT, flat=True)
    return rows.first() or ""


def with_titles(threads: Iterable[Thread]) -> list[tuple[Thread, str]]:
    """Return these threads with their titles."""
    # A query for each thread: for long lists there is `thread_rows`.
    return [(thread, title_of(thread)) for thread in threads]


def title_of(thread: Thread) -> str:
    """Return the title in the thread's metadata, or the start of its first user message, or ""."""
    if title := thread.metadata.get(TITLE):
        return str(title)
    content = (
        Message.objects.filter(thread=thread, role="user")
        .order_by("pk")
        .values_list("content", flat=True)
        .first()
    )
    return title_of_content(content)


def title_of_content(content: list[dict[str, Any]] | None) -> str:
    """Return the start of the first text in a message's content, or ""."""
    for part in content or []:
        if part["type"] == "text":
            return " ".join(str(part["text"]["value"]).split())[:80]
    return ""
