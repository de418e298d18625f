"""Reads of assistants."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count
from django.utils import timezone

from assistants_app.domain import run_status
from assistants_app.domain.configurations.origins import API
from assistants_app.domain.errors import NotFound
from assistants_app.domain.lists import PageParams
from assistants_app.models import Assistant, AssistantVersion, Project, Run
from assistants_app.queries.pages import Page, read_page
from assistants_app.queries.sealing import without_sealed

USE_DAYS = 7
ACTIVE_RUNS = 1000  # of a project, that the list of assistants looks at


def get_assistant(project: Project, assistant_id: str) -> Assistant:
    """Return the assistant. Raises :class:`NotFound`."""
    assistant = Assistant.objects.filter(project=project, pk=assistant_id).first()
    if assistant is None:
        raise NotFound("assistant", assistant_id)
    return assistant


def list_assistants(project: Project, page: PageParams) -> Page[Assistant]:
    return read_page(Assistant.objects.filter(project=project), page)


def search_assistants(project: Project, text: str, *, limit: int = 200) -> list[Assistant]:
    """Return the newest assistants whose name contains `text`, without archived ones."""
    rows = Assistant.objects.filter(project=project, archived_at=None)
    if text:
        rows = rows.filter(name__icontains=text)
    return list(rows.order_by("-pk")[:limit])


def assistants_at_work(project: Project) -> set[str]:
    """Return the ids of the assistants that have an active run, apart from sealed ones."""
    runs = Run.objects.filter(project=project, status__in=run_status.ACTIVE)
    # Which of two assistants still works would say whose column still answers.
    runs = without_sealed(runs, "thread_id")
    return set(runs.values_list("assistant_id", flat=True)[:ACTIVE_RUNS])


def count_threads_of(project: Project, assistant_id: str, *, limit: int = 1000) -> int:
    """Return the number of threads in which the assistant ran, up to `limit`."""
    runs = Run.objects.filter(project=project, assistant_id=assistant_id)
    # Without an order, which would make the database sort all runs first.
    return len(runs.order_by().values_list("thread_id").distinct()[:limit])


@dataclass(frozen=True, slots=True)
class ApiUse:
    """Runs of an assistant that API keys started in the last `days`, and how many keys did."""

    days: int
    runs: int
    keys: int


def api_users(project: Project, assistant_id: str) -> ApiUse:
    """Return how much API clients use the assistant."""
    since = timezone.now() - timedelta(days=USE_DAYS)
    runs = Run.objects.filter(project=project, assistant_id=assistant_id, created_at__gte=since)
    # Experiments too can be started with a key, but nobody waits for the replies.
    found = (
        runs.filter(origin=API)
        .exclude(api_key_id="")
        .aggregate(runs=Count("pk"), keys=Count("api_key_id", distinct=True))
    )
    return ApiUse(USE_DAYS, **found)


def names_of_assistants(project: Project, assistant_ids: set[str]) -> dict[str, str]:
    """Return the assistants' names by id, without those that are deleted or have no name."""
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids, name__isnull=False)
    return {pk: name for pk, name in rows.values_list("pk", "name") if name}


def living_assistants(project: Project, assistant_ids: set[str]) -> set[str]:
    """Return those of these IDs whose assistants exist."""
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids)
    return set(rows.values_list("pk", flat=True))


class LastName(NamedTuple):
    """The name of an assistant, or "", and whether it was deleted."""

    name: str
    deleted: bool = False


def last_names_of_assistants(project: Project, assistant_ids: set[str]) -> dict[str, LastName]:
    """Return the names of these assistants by id. Deleted ones have that of their last version."""
    found = Assistant.objects.filter(project=project, pk__in=assistant_ids)
    names = {pk: LastName(name or "") for pk, name in found.values_list("pk", "name")}
    gone = assistant_ids - names.keys()
    versions = AssistantVersion.objects.filter(project=project, assistant_id__in=gone)
    last = versions.order_by("assistant_id", "-number").distinct("assistant_id")
    for assistant_id, configuration in last.values_list("assistant_id", "configuration"):
        names[assistant_id] = LastName(configuration.get("name") or "", deleted=True)
    return {key: names.get(key, LastName("", deleted=True)) for key in assistant_ids}
