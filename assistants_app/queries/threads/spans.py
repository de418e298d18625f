"""Reads of a part of a thread, however long the thread is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q, QuerySet

from assistants_app.domain import run_status
from assistants_app.domain.ids import sort_key
from assistants_app.models import Message, Project, Run, Thread
from assistants_app.models.snapshots import ReplyRows, Span, ThreadPart
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.people.comments import talk_of
from assistants_app.queries.project.endpoints import prices_of
from assistants_app.queries.runs.runs import steps_of_runs
from assistants_app.queries.threads.forks import branches_of

SHOWN_MESSAGES = 100
MORE_MESSAGES = 50  # while scrolling, in steps that the browser lays out without a pause
MOST_MESSAGES = 400  # of a range
MOST_RUNS = 200  # of one part that ended early
# A run has an ID before it has its turn, so the part that shows its end may begin after the ID.
EARLIER_RUNS = 5
ENDED_EARLY = (
    run_status.FAILED,
    run_status.EXPIRED,
    run_status.CANCELLED,
    run_status.INCOMPLETE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Which messages of a thread to read.

    `where`: the first or last ones (without an `id`), those before, after or around the message
    `id`, or those from it up to the message `to`. "answer": those after the message `id`, up to the
    next question after an answer. A message that was deleted leaves its place.
    """

    where: Literal["start", "end", "before", "after", "around", "from", "answer"]
    id: str = ""
    to: str = ""


START, END = Place("start"), Place("end")


def read_part(
    thread: Thread,
    place: Place,
    *,
    and_steps_of: Run | None = None,
    alone: bool = False,
    quiet: bool = False,
) -> ThreadPart:
    """Return the messages at this place with what is shown between them.

    `and_steps_of`: a run whose steps are read, too. `alone`: don't look for forks. `quiet`: don't
    look for what people say about the messages.
    """
    messages, span = _messages_at(thread, place)
    behind = runs_behind(messages)
    # One query for both. Without a comparison of rows, which columns of the type json don't have.
    runs = Run.objects.filter(pk__in=behind).union(_passed_runs(thread, span), all=True)
    by_id = {run.id: run for run in runs}
    passed = [run for run in by_id.values() if run.thread_id == thread.id and _is_told(run)]
    also = {run.id for run in passed} | ({and_steps_of.id} if and_steps_of else set())
    steps = steps_of_runs(behind | also)
    authors = {message.assistant_id for message in messages if message.assistant_id}
    return ThreadPart(
        thread=thread,
        messages=messages,
        span=span,
        # The steps of copied replies belong to the thread that they were copied from.
        steps=[step for step in steps if step.thread_id == thread.id],
        passed=passed,
        replies=ReplyRows(
            {run_id: by_id[run_id] for run_id in behind & set(by_id)},
            steps,
            prices_of(thread.project),
        ),
        names=names_by_id(thread.project, authors, _attached_to(messages)),
        branches=[] if alone else branches_of(thread),
        talk={} if quiet else talk_of([message.id for message in messages]),
    )


def place_of_run(run: Run) -> Place:
    """Return the place around the run's first message, or where the run was created."""
    own = Message.objects.filter(thread_id=run.thread_id, run_id=run.id).order_by("pk")
    first = own.values_list("pk", flat=True).first()
    return Place("around", first or f"msg_{sort_key(run.id)}")


def has_message(thread: Thread, message_id: str) -> bool:
    """Return whether the thread has this message."""
    return Message.objects.filter(thread=thread, pk=message_id).exists()


def _messages_at(thread: Thread, place: Place) -> tuple[list[Message], Span]:
    rows = Message.objects.filter(thread=thread)
    match place.where:
        case "end":
            above, messages = _split(rows, SHOWN_MESSAGES)
            more = False
        case "before":
            above, messages = _split(rows.filter(pk__lt=place.id), MORE_MESSAGES)
            more = True
        case "start":
            above, (messages, more) = "", _first(rows, SHOWN_MESSAGES)
        case "after":
            messages, more = _first(rows.filter(pk__gt=place.id), MORE_MESSAGES)
            above = sort_key(place.id)
        case "around":
            above, earlier = _split(rows.filter(pk__lt=place.id), SHOWN_MESSAGES // 2)
            later, more = _first(rows.filter(pk__gte=place.id), SHOWN_MESSAGES // 2)
            messages = earlier + later
        case "from":
            above, _none = _split(rows.filter(pk__lt=place.id), 0)
            found = rows.filter(pk__gte=place.id, pk__lte=place.to)
            messages, _cut = _first(found, MOST_MESSAGES)
            more = True
        case "answer":
            above = sort_key(place.id)
            messages, next_question = _answer(rows.filter(pk__gt=place.id))
            # Tool calls belong to the answer up to the next question.
            return messages, Span(0, 0, above, sort_key(next_question))
    until = sort_key(messages[-1].id if messages else place.id) if more else ""
    return messages, _span(rows, messages, place, above, until)


def _span(
    rows: "QuerySet[Message]", messages: list[Message], place: Place, above: str, until: str
) -> Span:
    total = rows.count()
    if place.where == "end":
        return Span(total - len(messages), total, above, until)
    first = messages[0].id if messages else place.id
    before = rows.filter(pk__lt=first).count() if above else 0
    return Span(before, total, above, until)


def _split(rows: "QuerySet[Message]", limit: int) -> tuple[str, list[Message]]:
    """Return the last rows, oldest first, and the sort key of the one before them, or ""."""
    found = list(rows.order_by("-pk")[: limit + 1])
    above = sort_key(found[limit].id) if len(found) > limit else ""
    return above, found[:limit][::-1]


def _first(rows: "QuerySet[Message]", limit: int) -> tuple[list[Message], bool]:
    """Return the first rows, and whether there are more."""
    found = list(rows.order_by("pk")[: limit + 1])
    return found[:limit], len(found) > limit


def _answer(rows: "QuerySet[Message]") -> tuple[list[Message], str]:
    """Return the rows up to the first question after an answer, and that question's ID or ""."""
    found, _cut = _first(rows, MOST_MESSAGES)
    answers = [at for at, row in enumerate(found) if row.role == "assistant"]
    later = found[answers[0] :] if answers else []
    question = next((row.id for row in later if row.role == "user"), "")
    return [row for row in found if not question or row.id < question], question


def _passed_runs(thread: Thread, span: Span) -> "QuerySet[Run]":
    rows = Run.objects.filter(thread=thread)
    within = rows
    if span.above:
        above = f"run_{span.above}"
        earlier = rows.filter(pk__lte=above).order_by("-pk").values("pk")[:EARLIER_RUNS]
        within = within.filter(Q(pk__gt=above) | Q(pk__in=earlier))
    if span.until:
        within = within.filter(pk__lte=f"run_{span.until}")
    # Messages of a run that never had its turn were never added, so its end has no place.
    told = Q(status__in=ENDED_EARLY, waits__isnull=True) | Q(reasoning__isnull=False)
    return within.filter(told).order_by("-pk")[:MOST_RUNS]


def _is_told(run: Run) -> bool:
    return bool(run.reasoning) or (run.status in ENDED_EARLY and run.waits is None)


def runs_behind(messages: Iterable[Message]) -> set[str]:
    """Return the IDs of the runs that wrote these messages or the originals of copies."""
    return {run_id for message in messages if (run_id := message.run_id or message.copied_run_id)}


def names_by_id(
    project: Project, assistant_ids: Iterable[str], file_ids: Iterable[str]
) -> dict[str, str]:
    """Return the names of these assistants and files by ID.

    The name of an assistant or file that was deleted or has no name is its ID. This takes up to two
    queries, and none for empty arguments.
    """
    assistants, files = set(assistant_ids), set(file_ids)
    there = files_by_id(project.id, files)
    return {
        **{object_id: object_id for object_id in assistants | files},
        **(names_of_assistants(project, assistants) if assistants else {}),
        **{file_id: file.filename for file_id, file in there.items()},
    }


def _attached_to(messages: Iterable[Message]) -> set[str]:
    return {
        item["file_id"]
        for message in messages
        for item in message.attachments
        if item.get("file_id")
    }
