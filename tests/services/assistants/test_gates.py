"""Publish gates: every way to publish a version asks them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.domain.configurations.variables import declared
from assistants_app.domain.errors import ApiError, Conflict, Forbidden, InvalidRequest
from assistants_app.domain.rights import EDITOR, OWNER
from assistants_app.models import (
    Assistant,
    AssistantVersion,
    AuditEntry,
    Experiment,
    ExperimentCell,
    PublishGate,
    TestSet,
)
from assistants_app.services.acting import Actor, acting
from assistants_app.services.assistants import drafts, models
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.assistants.gates import GateRefused, digest_of, remove_gate
from assistants_app.services.experiments.lifecycle import retry_cells
from assistants_app.services.runs.frozen import Source, freeze
from assistants_app.services.test_sets.sets import delete_test_set, freeze_test_set
from assistants_app.wire.assistants.assistants import AssistantCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast
from tests.services.assistants.gated import (
    ROWS,
    assistant,
    change,
    compared,
    gate,
    publish,
    restore,
    save,
    test_set,
)
from tests.services.test_sets.sets import add_row, rows_of
from tests.web.experiments.made import cell_at, end, grade, grade_all

__all__ = ["assistant", "test_set"]

pytestmark = pytest.mark.django_db(transaction=True)


def codes(refused: Any) -> list[str]:
    return [refusal.code for refusal in refused.value.check.refusals]


def owner(cast: Cast) -> Actor:
    return Actor(cast.project.id, OWNER, user_id=cast.alice.id)


def test_the_digest_is_that_of_experiments(cast: Cast) -> None:
    variables = [{"name": "who", "type": "text", "default": "you"}]
    for body in (
        {},
        {"instructions": "Hi.", "temperature": 0.5, "top_p": 0.1, "tools": []},
        {"tools": [{"type": "file_search"}], "response_format": {"type": "json_object"}},
        {"instructions": "Hi {{who}}.", "variables": variables, "reasoning_effort": "low"},
    ):
        params = parse(AssistantCreateParams, {"model": "m", **body})
        made = assistants.create_assistant(project=cast.project, params=params)
        frozen = freeze(project=cast.project, source=Source(made.id))
        assert digest_of(made) == frozen.digest
        assert bool(declared(made.variables)) == ("variables" in body)


def test_no_way_to_publish_goes_around_the_gate(cast: Cast, assistant: Assistant) -> None:
    ways: list[Any] = [
        lambda: publish(cast, assistant),
        lambda: change(cast, assistant, temperature=0.5),
        lambda: restore(cast, assistant, 1),
    ]
    for way in ways:
        with pytest.raises(GateRefused) as refused:
            way()
        error = refused.value
        assert (error.http_status, error.code) == (409, "publish_gate")
        assert error.headers == {"x-should-retry": "false"}
        assert codes(refused) == ["no_experiment"]
    # Of several, those with a gate stay.
    params = parse(AssistantCreateParams, {"model": "old"})
    free = assistants.create_assistant(project=cast.project, params=params)
    changed = models.change_models(project=cast.project, old=["m", "old"], new="n", author=cast.bob)
    assert assistant.id not in {one.assistant_id for one in changed}
    changed = [one for one in changed if one.assistant_id == free.id]
    gate(cast, free, TestSet.objects.get())
    assert models.change_models_back(project=cast.project, changes=changed, author=cast.bob) == 0
    free.refresh_from_db()
    assert (free.version_number, free.model) == (2, "n")
    # The draft is still there, also after it was moved onto the newest version.
    drafts.rebase_draft(project=cast.project, assistant_id=assistant.id, user=cast.bob)
    with pytest.raises(GateRefused):
        publish(cast, assistant)
    assistant.refresh_from_db()
    assert (assistant.version_number, assistant.instructions) == (2, "Second.")


def test_what_changes_no_run_needs_no_experiment(cast: Cast, assistant: Assistant) -> None:
    assert change(cast, assistant, name="New", metadata={"a": "b"}).version_number == 3
    assert AssistantVersion.objects.get(assistant_id=assistant.id, number=3).gate is None


def test_an_experiment_on_exactly_this_draft_opens_the_gate(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    experiment = compared(cast, assistant, test_set)
    version = publish(cast, assistant)
    assert version.number == 3
    assert version.gate == {"experiment": experiment.pk, "name": "Before publishing"}
    # Once it is published, the one before hasn't been compared with it.
    with pytest.raises(GateRefused):
        restore(cast, assistant, 2)
    compared(cast, assistant, test_set, version=2)
    assert restore(cast, assistant, 2) is not None


def test_an_edit_voids_the_experiment_until_it_is_undone(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    compared(cast, assistant, test_set)
    save(cast, assistant, instructions="Third!")
    with pytest.raises(GateRefused) as refused:
        publish(cast, assistant)
    assert codes(refused) == ["no_experiment"]
    save(cast, assistant, instructions="Third.")
    assert publish(cast, assistant).number == 3


def test_results_that_are_old_unfinished_or_bad_keep_it_shut(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    experiment = compared(cast, assistant, test_set)

    def refused_with(*expected: str) -> None:
        with pytest.raises(GateRefused) as refused:
            publish(cast, assistant)
        assert codes(refused) == list(expected)

    def let_it(**columns: Any) -> None:
        Experiment.objects.filter(pk=experiment.pk).update(**columns)

    let_it(finished_at=timezone.now() - timedelta(days=15))
    refused_with("too_old")
    let_it(finished_at=None, state="running")
    refused_with("not_finished")
    let_it(finished_at=timezone.now(), state="cancelled")
    refused_with("not_finished")
    end(experiment)
    for row in range(ROWS):
        grade(cell_at(experiment, row, 1), passed=False)
    refused_with("worse_rows", "below_margin")
    grade_all(experiment, ["pp"] * (ROWS - 1) + ["pf"])
    key = experiment.rows.get(position=ROWS - 1).key
    gate(cast, assistant, test_set, required=[key])
    refused_with("required_rows")
    gate(cast, assistant, test_set)
    add_row(cast, test_set, "One more?")
    # The version is the one that was fixed last: an edit of the set doesn't shut gates.
    freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.alice)
    refused_with("other_set_version")


def test_rows_and_a_metric_that_suit_somebody_do_not_open_it(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    easy = frozenset(row.key for row in rows_of(test_set)[:3])
    compared(cast, assistant, test_set, keys=easy)
    with pytest.raises(GateRefused) as refused:
        publish(cast, assistant)
    assert codes(refused) == ["some_rows"]
    assert "left out 7 rows" in str(refused.value)
    compared(cast, assistant, test_set, main_metric="metric:speed")
    with pytest.raises(GateRefused) as refused:
        publish(cast, assistant)
    assert codes(refused) == ["other_metric"]
    # A newer one on some rows hides none on all of them.
    experiment = compared(cast, assistant, test_set)
    compared(cast, assistant, test_set, keys=easy)
    assert publish(cast, assistant).gate == {"experiment": experiment.pk, "name": experiment.name}


def test_an_old_experiment_gets_no_younger_by_running_on(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    experiment = compared(cast, assistant, test_set)
    cells = ExperimentCell.objects.filter(experiment=experiment)
    cells.update(ended_at=timezone.now() - timedelta(days=15))
    ExperimentCell.objects.filter(pk=cell_at(experiment, 0, 0).pk).update(state="error")
    retry_cells(project=cast.project, experiment_id=experiment.pk)
    grade(cell_at(experiment, 0, 0))
    end(experiment)
    with pytest.raises(GateRefused) as refused:
        publish(cast, assistant)
    assert codes(refused) == ["too_old"]


def test_an_owner_may_publish_over_it_and_says_why(cast: Cast, assistant: Assistant) -> None:
    with acting(Actor(cast.project.id, EDITOR, user_id=cast.bob.id)), pytest.raises(Forbidden):
        publish(cast, assistant, override="I'm in a hurry.")
    with acting(owner(cast)), pytest.raises(InvalidRequest):
        publish(cast, assistant, override="x" * 1001)
    with acting(owner(cast)):
        version = publish(cast, assistant, override="It leaked a secret.")
        restored = restore(cast, assistant, 1, override="Worse.")
    assert version.gate == {
        "override": "It leaked a secret.",
        "missing": ["No experiment has tested this configuration. Run one on the gate's test set."],
    }
    assert restored is not None
    entries = AuditEntry.objects.filter(verb="override_gate").order_by("pk")
    assert [(one.details["version"], one.details["reason"]) for one in entries] == [
        (3, "It leaked a secret."),
        (4, "Worse."),
    ]


def test_a_reason_is_not_kept_where_none_was_needed(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    experiment = compared(cast, assistant, test_set)
    with acting(owner(cast)):
        version = publish(cast, assistant, override="To be sure.")
    assert version.gate == {"experiment": experiment.pk, "name": "Before publishing"}
    assert not AuditEntry.objects.filter(verb="override_gate").exists()


def test_its_test_set_stays_until_the_gate_is_gone(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    with pytest.raises(Conflict, match="asks for this test set"):
        delete_test_set(project=cast.project, set_id=test_set.id)
    remove_gate(project=cast.project, assistant_id=assistant.id)
    delete_test_set(project=cast.project, set_id=test_set.id)
    assert publish(cast, assistant).gate is None
    assert not PublishGate.objects.exists()
    assert list(
        AuditEntry.objects.filter(verb__endswith="_gate").order_by("pk").values_list("verb")
    ) == [("set_gate",), ("remove_gate",)]


def test_a_gate_goes_with_its_assistant(cast: Cast, assistant: Assistant) -> None:
    assistants.delete_assistant(project=cast.project, assistant_id=assistant.id)
    assert not PublishGate.objects.exists()


def test_a_clone_has_no_gate(cast: Cast, assistant: Assistant) -> None:
    copy = assistants.clone_assistant(
        project=cast.project, assistant_id=assistant.id, author=cast.bob
    )
    assert change(cast, copy, temperature=0.5).version_number == 2


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({"margin": -0.01}, "margin"),
        ({"margin": 1.01}, "margin"),
        ({"margin": float("nan")}, "margin"),
        ({"main_metric": "speed"}, "main_metric"),
        ({"oldest_days": 0}, "oldest_days"),
        ({"oldest_days": 366}, "oldest_days"),
        ({"required": ["no such row"]}, "required"),
        ({"required": [str(number) for number in range(1001)]}, "required"),
    ],
)
def test_terms_that_cannot_be_met_are_refused(
    cast: Cast, assistant: Assistant, test_set: TestSet, terms: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        gate(cast, assistant, test_set, **terms)
    assert refused.value.param == param


def test_a_gate_asks_for_a_set_of_its_own_project(cast: Cast, assistant: Assistant) -> None:
    foreign = TestSet.objects.create(project=cast.other_project, name="Foreign")
    with pytest.raises(ApiError):
        gate(cast, assistant, foreign)
