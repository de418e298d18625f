"""Publish an assistant's configuration as its next version."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User

from assistants_app.models import Assistant, AssistantVersion, Project
from assistants_app.queries.experiments.gates import find_gate
from assistants_app.services.assistants.gates import digest_of, pass_gate
from assistants_app.services.audit import note as note_act
from assistants_app.wire.assistants.configurations import apply, configuration_of


def publish(
    assistant: Assistant,
    changes: Mapping[str, Any],
    *,
    author: User | None,
    source: str,
    note: str = "",
    overwritten: Sequence[int] = (),
    override: str = "",
) -> AssistantVersion | None:
    """Change the columns of the locked assistant, and publish the result as its next version.

    `overwritten`: the numbers of versions by others that it replaces on purpose. `override`: why an
    owner publishes it over the assistant's gate. Return the version, or None if nothing differs.
    Raises like :func:`~assistants_app.services.assistants.gates.pass_gate`, and then the assistant
    must not be saved.
    """
    # A new assistant has no gate.
    gate = find_gate(assistant.pk) if assistant.version_number else None
    published = digest_of(assistant) if gate else ""
    before = ordered_json(configuration_of(assistant))
    apply(changes, assistant)
    configuration = configuration_of(assistant)
    # A new assistant gets its version 1 in any case.
    if assistant.version_number and ordered_json(configuration) == before:
        return None
    passed = None
    if gate:
        passed = pass_gate(assistant, published=published, override=override, gate=gate)
    assistant.version_number += 1
    assistant.save()
    details: dict[str, Any] = {"version": assistant.version_number, "source": source}
    if overwritten:
        details["overwritten"] = list(overwritten)
    note_act(
        "publish",
        project=Project(pk=assistant.project_id),
        target_type="assistant",
        target_id=assistant.id,
        target_name=assistant.name or "",
        details=details,
    )
    return AssistantVersion.objects.create(
        project_id=assistant.project_id,
        assistant_id=assistant.id,
        number=assistant.version_number,
        configuration=configuration,
        note=note,
        source=source,
        author=author,
        gate=passed,
    )


def ordered_json(value: Any) -> str:
    """Return the value as JSON, with keys in their order."""
    # So that a change of the order counts as a change: models write properties in that order.
    return json.dumps(value, ensure_ascii=False)
