"""Find by an ID or a name what an experiment is to be about."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Assistant, Project, TestSet

Found = TypeVar("Found", bound=Model)


def find_test_set(project: Project, text: str, *, param: str = "test_set") -> TestSet:
    """Return the test set with this ID or name.

    Raises :class:`NotFound`, and :class:`InvalidRequest` if several have the name.
    """
    return _find(TestSet.objects.filter(project=project), text, "test set", param)


def find_assistant(project: Project, text: str, *, param: str = "assistant") -> Assistant:
    """Return the assistant with this ID or name. Raises like :func:`find_test_set`."""
    rows = Assistant.objects.filter(project=project)
    return _find(rows.only("id", "name"), text, "assistant", param)


def _find(rows: QuerySet[Found], text: str, noun: str, param: str) -> Found:
    found = [] if "\0" in text else list(rows.filter(Q(pk=text) | Q(name=text)).order_by("-pk")[:3])
    # Nothing keeps people from giving an object the ID of another one as its name.
    found = [one for one in found if one.pk == text] or found
    if not found:
        error = NotFound(noun, text, by="id or name")
        error.param = param
        raise error
    if len(found) > 1:
        ids = ", ".join(str(one.pk) for one in found[:2])
        raise InvalidRequest(
            f"Several {noun}s have the name '{text}'. Use an ID instead, such as {ids}.",
            param=param,
            code="invalid_value",
        )
    return found[0]
