"""Verdicts and evidence come from the cells as they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.domain.experiments.states import CELL_STATES
from assistants_app.domain.lists import PageParams
from assistants_app.models import ExperimentCell, ExperimentRow
from assistants_app.queries.experiments.evidence import evidence_of, newest_evidence, verdicts_of
from assistants_app.queries.experiments.experiments import (
    list_experiments,
    progress_of,
    variants_of,
)
from tests.cast import Cast
from tests.queries.experiments.made import Figures, small

pytestmark = pytest.mark.django_db
BETTER = {f"row{number}": ([0, 0], [1, 1]) for number in range(20)}


def test_a_verdict_compares_each_variant_with_the_baseline(cast: Cast) -> None:
    rows = {f"row{number}": ([0], [1], [0]) for number in range(20)}
    [(one, better), (two, same)] = verdicts_of(small(cast, rows))
    assert (one.position, two.position) == (1, 2)
    assert (better.kind, better.comparisons, better.pairs.better) == ("better", 2, 20)
    assert same.pairs.better == same.pairs.worse == 0


@pytest.mark.parametrize("state", ["running", "paused", "cancelled"])
def test_there_is_no_verdict_before_the_end(cast: Cast, state: str) -> None:
    [(_, verdict)] = verdicts_of(small(cast, BETTER, state=state))
    assert (verdict.kind, verdict.reason) == ("none", "running")


def test_an_extension_after_a_look_asks_for_more_certainty(cast: Cast) -> None:
    looked = [{"looked": True}, {"looked": False}]
    [(_, verdict)] = verdicts_of(small(cast, BETTER, extensions=looked))
    assert verdict.extensions == 1
    assert verdict.interval is not None
    assert verdict.interval.confidence == 0.975


def test_only_faults_of_providers_count_as_such(cast: Cast) -> None:
    experiment = small(cast, {**BETTER, "lost": ([None, None], [1, 1])})
    ExperimentCell.objects.filter(row__key="lost", repeat=2).update(state="skipped")
    [(_, verdict)] = verdicts_of(experiment)
    assert (verdict.pairs.faults, verdict.pairs.missing) == ((1, 0), (1, 1))


def test_rows_without_a_check_that_counts_are_no_loss(cast: Cast) -> None:
    rows: Figures = {**BETTER, **{f"bare{number}": ([None], [None]) for number in range(20)}}
    experiment = small(cast, rows)
    bare = ExperimentCell.objects.filter(row__key__startswith="bare")
    bare.update(state="done", fault=False, result={"passed": None, "metrics": {}, "errors": 0})
    [(_, verdict)] = verdicts_of(experiment)
    assert (verdict.kind, verdict.pairs.unmeasured) == ("better", 20)
    # A check that couldn't be carried out may be the one that counts.
    bare.update(result={"passed": True, "metrics": {}, "errors": 1})
    [(_, verdict)] = verdicts_of(experiment)
    assert (verdict.reason, verdict.pairs.unmeasured) == ("missing", 0)


def test_evidence_has_what_a_gate_asks_for(cast: Cast) -> None:
    now = timezone.now()
    experiment = small(cast, BETTER, finished_at=now)
    baseline, variant = variants_of(experiment)
    ExperimentCell.objects.filter(variant=variant, row__key="row3", repeat=2).update(passed=False)
    foreign = {"kind": "foreign", "kept": {"type": "javascript", "reason": "JavaScript"}}
    ExperimentRow.objects.filter(key="row1").update(content={"checks": [foreign]})
    found = evidence_of(experiment, variant)
    assert (found.configuration, found.baseline) == ("digest1", "digest0")
    assert (found.test_set, found.set_version, found.finished_at) == ("testset_1", 1, now)
    assert found.checks_not_run == 1
    assert [row.name for row in found.rows] == [f"row{number}" for number in range(20)]
    assert (found.rows[3].baseline, found.rows[3].variant) == ((False, False), (True, False))
    assert not found.rows[3].identical
    assert found.verdict is not None
    alone = evidence_of(experiment, baseline)
    assert (alone.baseline, alone.verdict) == ("", None)


def test_rows_whose_repeats_got_the_same_reply_are_known(cast: Cast) -> None:
    experiment = small(cast, BETTER)
    ExperimentCell.objects.filter(row__key="row2").update(reply_digest="x")
    rows = evidence_of(experiment, variants_of(experiment)[1]).rows
    assert [row.name for row in rows if row.identical] == ["row2"]


def test_the_newest_experiment_that_has_finished_is_the_evidence(cast: Cast) -> None:
    wanted: dict[str, Any] = {"digest": "digest1", "set_id": "testset_1"}
    assert newest_evidence(cast.project, **wanted) is None
    ends = [timezone.now() - timedelta(days=day) for day in (2, 1)]
    for end in ends:
        small(cast, BETTER, finished_at=end)
    small(cast, BETTER, state="running")
    small(cast, BETTER, finished_at=timezone.now(), deleted_at=timezone.now())
    found = newest_evidence(cast.project, **wanted)
    assert found is not None
    assert found.evidence.finished_at == ends[1]
    # A later one that doesn't compare with the published version hides none that does.
    other = small(cast, BETTER, finished_at=timezone.now())
    other.variants.filter(position=0).update(digest="digest2")
    found = newest_evidence(cast.project, **wanted, baseline="digest0", set_version=1)
    assert found is not None
    assert found.evidence.finished_at == ends[1]
    # Nor does one in which somebody has run only the rows that failed.
    small(cast, BETTER, finished_at=timezone.now(), left_out=3)
    found = newest_evidence(cast.project, **wanted, baseline="digest0", set_version=1)
    assert found is not None
    assert (found.evidence.finished_at, found.evidence.left_out) == (ends[1], 0)
    assert newest_evidence(cast.other_project, **wanted) is None


def test_progress_counts_cells_and_tells_the_time_left(cast: Cast) -> None:
    experiment = small(cast, BETTER, state="running", ran_seconds=60, resumed_at=timezone.now())
    cells = ExperimentCell.objects.filter(repeat=2)
    cells.update(state="waiting")
    ExperimentCell.objects.filter(row__key="row0", repeat=1).update(state="error", fault=True)
    progress = progress_of(experiment)
    assert set(progress.counts) == set(CELL_STATES)
    assert (progress.cells, progress.ended, progress.share) == (80, 40, 0.5)
    assert (progress.counts["done"], progress.counts["error"], progress.faults) == (38, 2, 2)
    assert progress.seconds_left == pytest.approx(60, abs=2)
    experiment.resumed_at = None
    assert progress_of(experiment).seconds_left is None


def test_the_list_counts_cells(cast: Cast) -> None:
    first, second = small(cast, BETTER), small(cast, {"a": ([1], [1])}, test_set_id="testset_2")
    small(cast, BETTER, deleted_at=timezone.now())
    ExperimentCell.objects.filter(experiment=first, repeat=1).update(state="waiting")
    listed = list_experiments(cast.project, PageParams()).items
    assert [(one.experiment.pk, one.cells, one.ended) for one in listed] == [
        (second.pk, 2, 2),
        (first.pk, 80, 40),
    ]
    assert [variant.name for variant in listed[0].variants] == ["V0", "V1"]
    of_set = list_experiments(cast.project, PageParams(), set_id="testset_2").items
    assert [one.experiment.pk for one in of_set] == [second.pk]
    assert list_experiments(cast.other_project, PageParams()).items == []
