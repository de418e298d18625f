"""Reads of assistants."""

from assistants_app.domain import run_status
from assistants_app.domain.errors import NotFound
from assistants_app.domain.pages import PageParams
from assistants_app.models import Assistant, Project, Run
from assistants_app.queries.pages import Page, read_page

ACTIVE_RUNS = 1000  # of a project, that a list looks at


def get_assistant(project: Project, assistant_id: str) -> Assistant:
    """The assistant of this project. Raises :class:`NotFound`."""
    assistant = Assistant.objects.filter(project=project, pk=assistant_id).first()
    if assistant is None:
        raise NotFound("assistant", assistant_id)
    return assistant


def list_assistants(project: Project, page: PageParams) -> Page[Assistant]:
    """A page of the project's assistants."""
    return read_page(Assistant.objects.filter(project=project), page)


def search_assistants(project: Project, text: str, *, limit: int = 200) -> list[Assistant]:
    """The newest assistants whose name contains `text`, whatever its case."""
    rows = Assistant.objects.filter(project=project)
    if text:
        rows = rows.filter(name__icontains=text)
    return list(rows.order_by("-pk")[:limit])


def assistants_at_work(project: Project) -> set[str]:
    """Ids of the assistants that a run of now belongs to."""
    runs = Run.objects.filter(project=project, status__in=run_status.ACTIVE)
    return set(runs.values_list("assistant_id", flat=True)[:ACTIVE_RUNS])


def count_threads_of(project: Project, assistant_id: str, *, limit: int = 1000) -> int:
    """In how many threads the assistant ran; `limit` at most."""
    runs = Run.objects.filter(project=project, assistant_id=assistant_id)
    return len(runs.order_by().values_list("thread_id").distinct()[:limit])


def names_of_assistants(project: Project, assistant_ids: set[str]) -> dict[str, str]:
    """Names by id; an assistant that is gone or has no name is not in the answer."""
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids, name__isnull=False)
    return {pk: name for pk, name in rows.values_list("pk", "name") if name}
