"""Faults of a provider are tried again, and are no failures of an assistant."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.engine.experiments import rests
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.redis_client import client
from assistants_app.services.experiments.lifecycle import retry_cells
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out, make_round
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.experiments.made import cells_of, experiment_of, set_of

pytestmark = pytest.mark.django_db(transaction=True)
# The connection to a provider tries three times by itself, without a pause if it's asked for none.
BUSY = Reply(status=429, headers={"retry-after": "0"}, body={"error": {"message": "Busy"}})
REFUSED = Reply(status=400, body={"error": {"message": "No."}})


@pytest.fixture(autouse=True)
def without_rests() -> None:
    client().delete(*client().keys("experiments-rest:*") or ["none"])


def let_time_pass(experiment: Experiment) -> None:
    """Let all pauses of the experiment's cells be over."""
    past = timezone.now() - timedelta(seconds=1)
    ExperimentCell.objects.filter(experiment=experiment).update(not_before=past)


def test_a_busy_provider_is_asked_again_on_a_new_thread(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    scripted.enqueue(BUSY, BUSY, BUSY)
    experiment = experiment_of(cast, set_of(cast, 1), {})
    make_round(experiment)
    make_round(experiment)
    [cell] = cells_of(experiment)
    assert (cell.state, cell.fault, cell.attempts) == ("waiting", True, 1)
    assert cell.not_before is not None
    assert cell.not_before > timezone.now()
    first = cell.thread_id
    let_time_pass(experiment)
    assert carry_out(experiment).state == "done"
    [cell] = cells_of(experiment)
    assert (cell.state, cell.fault, cell.attempts) == ("done", False, 2)
    assert [attempt["thread_id"] for attempt in cell.earlier] == [first]
    assert cell.thread_id != first


def test_nothing_begins_at_an_endpoint_that_asks_for_a_pause(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    rests.let_rest(scripted.base_url, 60)
    rests.let_rest(scripted.base_url, 1)
    assert rests.remaining(scripted.base_url) > 50
    experiment = experiment_of(cast, set_of(cast, 1))
    make_round(experiment)
    assert {cell.state for cell in cells_of(experiment)} == {"waiting"}
    client().delete(*client().keys("experiments-rest:*"))
    assert carry_out(experiment).state == "done"


def test_a_lasting_fault_leaves_the_pairs(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.domain.limits.EXPERIMENT_ATTEMPTS", 1)
    scripted.enqueue(BUSY, BUSY, BUSY)
    experiment = carry_out(experiment_of(cast, set_of(cast, 3)))
    assert experiment.state == "done"
    [cell] = cells_of(experiment, state="error")
    assert cell.fault
    assert cell.error["code"] == "rate_limit_exceeded"
    [(_, verdict)] = verdicts_of(experiment)
    assert sorted(verdict.pairs.faults) == [0, 1]
    assert (verdict.kind, verdict.reason) == ("none", "faults")
    # Once the provider is well, the cell gets its result.
    assert retry_cells(project=cast.project, experiment_id=experiment.pk) == 1
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}


def test_a_refused_request_is_no_fault(cast: Cast, scripted: ScriptedProvider) -> None:
    scripted.enqueue(REFUSED)
    experiment = carry_out(experiment_of(cast, set_of(cast, 1), {}))
    [cell] = cells_of(experiment)
    assert (cell.state, cell.fault, cell.attempts) == ("error", False, 1)
