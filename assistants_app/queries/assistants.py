"""Reads of assistants."""

from assistants_app.domain.errors import NotFound
from assistants_app.domain.pages import PageParams
from assistants_app.models import Assistant, Project
from assistants_app.queries.pages import Page, read_page


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


def names_of_assistants(project: Project, assistant_ids: set[str]) -> dict[str, str]:
    """Names by id; an assistant that is gone or has no name is not in the answer."""
    rows = Assistant.objects.filter(project=project, pk__in=assistant_ids, name__isnull=False)
    return {pk: name for pk, name in rows.values_list("pk", "name") if name}
