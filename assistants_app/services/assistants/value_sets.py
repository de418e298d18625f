"""Save and delete values of an assistant's variables under a name."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Project, ValueSet
from assistants_app.services.act import act
from assistants_app.services.locks import lock_assistant
from assistants_app.wire.json_bodies import check_texts


@act()
def save_value_set(
    *,
    project: Project,
    assistant_id: str,
    name: str,
    values: Mapping[str, Any],
    author: User | None,
) -> ValueSet:
    """Create the set of this name, or replace its values.

    Raises :class:`NotFound` for the assistant, and :class:`InvalidRequest` without a name, without
    values, and beyond the limits.
    """
    return _save(project, assistant_id, name, values, author)


@act()
def save_value_sets(
    *,
    project: Project,
    name: str,
    values: Mapping[str, Mapping[str, Any]],
    author: User | None,
) -> None:
    """Save a set of this name for each of several assistants, or for none.

    `values`: those of each assistant's variables, by its ID. Raises like :func:`save_value_set`.
    """
    if not values:
        raise _no_values()
    # In one order, so that no two requests wait for each other.
    for assistant_id in sorted(values):
        _save(project, assistant_id, name, values[assistant_id], author)


def _save(
    project: Project,
    assistant_id: str,
    name: str,
    values: Mapping[str, Any],
    author: User | None,
) -> ValueSet:
    check_texts({"name": name, "values": values})
    if not name:
        raise InvalidRequest("Missing required parameter: 'name'.", param="name")
    if len(name) > limits.NAME:
        raise InvalidRequest(
            f"Invalid 'name': string too long. Expected a string with maximum length "
            f"{limits.NAME}, but got a string with length {len(name)} instead.",
            param="name",
        )
    if not values:
        raise _no_values()
    if len(json.dumps(values, ensure_ascii=False)) > limits.VALUE_SET_CHARACTERS:
        raise InvalidRequest(
            f"The values are too long to be saved. Use at most {limits.VALUE_SET_CHARACTERS} "
            "characters in all.",
            param="values",
        )
    # The lock keeps two saves at once from both adding the last set.
    assistant = lock_assistant(project, assistant_id)
    others = ValueSet.objects.filter(assistant=assistant).exclude(name=name)
    if others.count() >= limits.VALUE_SETS:
        raise InvalidRequest(
            f"This assistant already has {limits.VALUE_SETS} sets of values. Delete one first.",
            param="name",
        )
    saved, _ = ValueSet.objects.update_or_create(
        project=project,
        assistant=assistant,
        name=name,
        defaults={"values": dict(values), "author": author, "saved_at": timezone.now()},
    )
    return saved


def _no_values() -> InvalidRequest:
    return InvalidRequest("There are no values to save. Enter some first.", param="values")


@act()
def delete_value_sets(*, project: Project, name: str, assistant_ids: Collection[str]) -> None:
    """Delete the sets of this name of several assistants. Those that have none stay as they are."""
    # In one order, so that no two requests wait for each other.
    rows = ValueSet.objects.select_for_update().filter(
        project=project, assistant_id__in=assistant_ids, name=name
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    ValueSet.objects.filter(pk__in=ids).delete()


@act()
def delete_value_set(*, project: Project, assistant_id: str, set_id: int) -> None:
    """Delete the set. Raises :class:`NotFound`."""
    rows = ValueSet.objects.filter(project=project, assistant_id=assistant_id, pk=set_id)
    deleted, _ = rows.delete()
    if not deleted:
        raise NotFound("set of values", str(set_id))
