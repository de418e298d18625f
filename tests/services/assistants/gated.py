"""Assistants with publish gates for tests, and experiments that open them."""

from typing import Any

import pytest

from assistants_app.models import (
    Assistant,
    AssistantVersion,
    Experiment,
    ModelEndpoint,
    PublishGate,
    TestSet,
)
from assistants_app.services.assistants import drafts
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.assistants.gates import Terms, set_gate
from assistants_app.services.experiments.creating import Terms as ExperimentTerms
from assistants_app.services.experiments.creating import VariantChoice, create_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.validation import parse
from tests.cast import Cast
from tests.fuzz.world import UNREACHABLE
from tests.services.test_sets.sets import new_set
from tests.web.experiments.made import end, grade_all

ROWS = 10


@pytest.fixture
def test_set(cast: Cast) -> TestSet:
    """A test set, and a server of models that no test asks anything."""
    ModelEndpoint.objects.get_or_create(
        project=cast.project, base_url=UNREACHABLE, defaults={"name": "E"}
    )
    return new_set(cast, *(f"Question {number}?" for number in range(ROWS)))


@pytest.fixture
def assistant(cast: Cast, test_set: TestSet) -> Assistant:
    """An assistant with two versions and a gate, and a draft of bob's."""
    params = parse(AssistantCreateParams, {"model": "m", "instructions": "First."})
    made = assistants.create_assistant(project=cast.project, params=params)
    change(cast, made, instructions="Second.")
    made.refresh_from_db()
    gate(cast, made, test_set)
    save(cast, made, instructions="Third.")
    return made


def gate(cast: Cast, assistant: Assistant, test_set: TestSet, **terms: Any) -> PublishGate:
    return set_gate(
        project=cast.project,
        assistant_id=assistant.id,
        terms=Terms(**{"set_id": test_set.id, "margin": 0.4, **terms}),
        author=cast.alice,
    )


def change(cast: Cast, assistant: Assistant, **body: Any) -> Assistant:
    return assistants.update_assistant(
        project=cast.project, assistant_id=assistant.id, params=parse(AssistantModifyParams, body)
    )


def save(cast: Cast, assistant: Assistant, **changes: Any) -> None:
    drafts.save_draft(
        project=cast.project, assistant_id=assistant.id, user=cast.bob, changes=changes
    )


def publish(cast: Cast, assistant: Assistant, **more: Any) -> AssistantVersion:
    return drafts.publish_draft(
        project=cast.project, assistant_id=assistant.id, user=cast.bob, **more
    )


def restore(cast: Cast, assistant: Assistant, number: int, **more: Any) -> AssistantVersion | None:
    restored = assistants.restore_version(
        project=cast.project, assistant_id=assistant.id, number=number, author=cast.bob, **more
    )
    return restored.version


def compared(
    cast: Cast,
    assistant: Assistant,
    test_set: TestSet,
    version: int | None = None,
    **terms: Any,
) -> Experiment:
    """Return a finished experiment that compares the published version with a draft or version."""
    wanted = Source(assistant.id, version, None if version else cast.bob)
    made = create_experiment(
        project=cast.project,
        user=cast.bob,
        set_id=test_set.id,
        variants=(VariantChoice(Source(assistant.id)), VariantChoice(wanted)),
        terms=ExperimentTerms(**{"name": "Before publishing", **terms}),
    )
    grade_all(made, ["pp"] * made.rows.count())
    return end(made)
