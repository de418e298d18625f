"""Publish gates, and what an experiment has to show for them."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from assistants_app.domain.experiments import states
from assistants_app.domain.verdicts.gate import NAMED, Policy, Refusal, Wanted, refusals
from assistants_app.domain.verdicts.margins import KeptMargin, smallest_kept_margin
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.models import (
    Experiment,
    ExperimentRow,
    Project,
    PublishGate,
    TestSet,
    TestSetVersion,
)
from assistants_app.models.experiments.snapshots import GateCheck
from assistants_app.queries.experiments.evidence import newest_evidence, newest_pairs

_NAMED = 5  # assistants whose gates keep a test set
# Experiments that show how much replies vary: the newest ones, until they have enough rows.
_POOLED, _ENOUGH_ROWS = 10, 500


def find_gate(assistant_id: str) -> PublishGate | None:
    """Return the assistant's gate with its test set, or None."""
    rows = PublishGate.objects.select_related("test_set")
    return rows.filter(assistant_id=assistant_id).first()


def check_gate(project: Project, gate: PublishGate, *, published: str, wanted: str) -> GateCheck:
    """Return what the newest experiment on the configuration `wanted` has shown for the gate.

    Both are digests. `published` is the configuration that it would replace.
    """
    versions = TestSetVersion.objects.filter(test_set=gate.test_set_id).order_by("-number")
    version = versions.values_list("number", flat=True).first() or 0
    found = newest_evidence(
        project,
        digest=wanted,
        set_id=gate.test_set_id,
        baseline=published,
        set_version=version,
        metric=gate.main_metric,
    )
    policy = Policy(
        test_set=gate.test_set_id,
        margin=gate.margin,
        oldest=timedelta(days=gate.oldest_days),
        required=frozenset(gate.required),
        no_worse_row=gate.no_worse_row,
        metric=gate.main_metric,
    )
    at_hand = Wanted(
        configuration=wanted, published=published, set_version=version, at=timezone.now()
    )
    experiment = found.experiment if found else None
    refused = refusals(policy, at_hand, found.evidence if found else None)
    return GateCheck(gate, version, experiment, refused, _rows_of(experiment, refused))


def _rows_of(experiment: Experiment | None, refused: Sequence[Refusal]) -> dict[str, ExperimentRow]:
    keys = {key for refusal in refused for key in refusal.rows[:NAMED]}
    if experiment is None or not keys:
        return {}
    return {row.key: row for row in experiment.rows.filter(key__in=keys)}


def gated_by(test_set: TestSet) -> list[str]:
    """Return the names of assistants whose gates ask for this test set."""
    rows = PublishGate.objects.filter(test_set=test_set).select_related("assistant")
    assistants = [gate.assistant for gate in rows.order_by("assistant_id")[:_NAMED]]
    return [assistant.name or assistant.id for assistant in assistants]


def kept_margin(gate: PublishGate) -> KeptMargin | None:
    """Return the smallest margin that an unchanged assistant keeps at the gate.

    That is by what the newest finished experiments with the gate's test set and main metric have
    shown, or None without any.
    """
    done = Experiment.objects.filter(
        test_set_id=gate.test_set_id,
        main_metric=gate.main_metric,
        state=states.DONE,
        left_out=0,
        deleted_at=None,
    )
    pooled: list[Pairs] = []
    for experiment in done.filter(variants__position=1).order_by("-pk")[:_POOLED]:
        pooled.append(newest_pairs(experiment))
        if sum(len(pairs.differences) for pairs in pooled) >= _ENOUGH_ROWS:
            break
    return smallest_kept_margin(pooled)
