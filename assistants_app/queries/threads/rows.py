"""The rows of a table of threads, read with a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, IntegerField, Max, OuterRef, Subquery, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from assistants_app.models import Message, Project, Run, Thread
from assistants_app.queries.assistants.assistants import names_of_assistants
from assistants_app.queries.run_costs import NO_COST, RunCost, costs_of
from assistants_app.queries.threads.threads import TITLE, title_of_content


def sum_of(name: str) -> Coalesce:
    """Return the sum of a number in the usage of runs."""
    return Coalesce(Sum(Cast(KT(f"usage__{name}"), IntegerField())), Value(0))


TOKENS = sum_of("prompt_tokens") + sum_of("completion_tokens")


@dataclass(slots=True)
class ThreadRow:
    """What a table of threads shows of a thread.

    `assistants` has the names of assistants, or the ids of deleted ones. `status`, `run_id` and
    `assistant_id` are those of the newest run, or empty. `last_active_at` is the time of the newest
    message. `estimated` says that we counted some of the tokens ourselves.
    """

    thread: Thread
    title: str = ""
    assistants: list[str] = field(default_factory=list)
    status: str = ""
    run_id: str = ""
    assistant_id: str = ""
    messages: int = 0
    last_active_at: datetime | None = None
    tokens: int = 0
    estimated: bool = False
    cost: RunCost = NO_COST


def thread_rows(project: Project, threads: Sequence[Thread]) -> list[ThreadRow]:
    """Return a row for each of the project's threads, in their order."""
    rows = {thread.id: ThreadRow(thread) for thread in threads}
    _add_titles(rows)
    _add_message_counts(rows)
    _add_runs(project, rows)
    for thread_id, cost in costs_of("thread_id", list(rows)).items():
        rows[thread_id].cost = cost
    return list(rows.values())


def _add_titles(rows: dict[str, ThreadRow]) -> None:
    first = Message.objects.filter(thread=OuterRef("pk"), role="user").order_by("pk")
    titled = Thread.objects.filter(pk__in=rows).annotate(
        begins=Subquery(first.values("content")[:1])
    )
    for thread_id, content in titled.values_list("pk", "begins"):
        own = rows[thread_id].thread.metadata.get(TITLE)
        rows[thread_id].title = str(own) if own else title_of_content(content)


def _add_message_counts(rows: dict[str, ThreadRow]) -> None:
    counted = Message.objects.filter(thread_id__in=rows).order_by().values_list("thread_id")
    for thread_id, messages, last in counted.annotate(Count("pk"), Max("created_at")):
        rows[thread_id].messages = messages
        rows[thread_id].last_active_at = last


def _add_runs(project: Project, rows: dict[str, ThreadRow]) -> None:
    # Runs are grouped by thread and assistant. The groups with newer runs come first, so the first
    # group of a thread has its newest run.
    runs = Run.objects.filter(thread_id__in=rows).order_by().values("thread_id", "assistant_id")
    found = list(
        runs.annotate(
            newest=Max("pk"),
            tokens=TOKENS,
            estimated=sum_of("estimated"),
        ).order_by("-newest")
    )
    names = names_of_assistants(project, {item["assistant_id"] for item in found})
    for item in found:
        row = rows[item["thread_id"]]
        if not row.run_id:
            row.run_id, row.assistant_id = item["newest"], item["assistant_id"]
        row.tokens += item["tokens"]
        row.estimated = row.estimated or bool(item["estimated"])
        # A model may have run without an assistant.
        if item["assistant_id"]:
            row.assistants.append(names.get(item["assistant_id"], item["assistant_id"]))
    newest = {row.run_id: row for row in rows.values() if row.run_id}
    for run_id, status in Run.objects.filter(pk__in=newest).values_list("pk", "status"):
        newest[run_id].status = status
