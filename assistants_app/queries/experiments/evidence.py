"""What an experiment shows: paired scores, verdicts, and evidence for a publish gate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Min, OuterRef
from django.db.models.fields.json import KeyTextTransform

from assistants_app.domain import limits
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.metrics import PASS
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.verdicts.gate import Evidence
from assistants_app.domain.verdicts.pairs import Cell, Pairs, pair
from assistants_app.domain.verdicts.regressions import Row
from assistants_app.domain.verdicts.verdict import Verdict, decide
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentRow,
    ExperimentVariant,
    Project,
)
from assistants_app.queries.experiments.experiments import variants_of
from assistants_app.queries.experiments.grading import waits_for_grades


def scored_cells(
    experiment: Experiment, *, most_variants: int = limits.EXPERIMENT_VARIANTS
) -> Mapping[int, Sequence[Cell]]:
    """Return the cells as verdicts look at them, by the position of their variant."""
    found: dict[int, list[Cell]] = defaultdict(list)
    cells = ExperimentCell.objects.filter(
        experiment=experiment, variant__position__lt=most_variants
    )
    rows = cells.order_by("row__position", "repeat")
    for position, key, figure, state, fault, cluster, reply, errors in rows.values_list(
        "variant__position",
        "row__key",
        "figure",
        "state",
        "fault",
        "row__cluster",
        "reply_digest",
        KeyTextTransform("errors", "result"),
    ):
        found[position].append(
            Cell(
                row=key,
                score=figure if state == states.GRADED else None,
                fault=fault and state == states.ERROR,
                cluster=cluster,
                reply=reply,
                # A check that failed to run may be the one that the metric is about.
                measured=figure is not None or state != states.GRADED or errors != "0",
            )
        )
    return found


def verdicts_of(experiment: Experiment) -> list[tuple[ExperimentVariant, Verdict]]:
    """Return the verdict on each variant but the baseline, in their order."""
    baseline, *others = variants_of(experiment)
    cells = scored_cells(experiment)
    graded = not (experiment.is_finished and waits_for_grades(experiment))
    before = cells.get(baseline.position, ())
    return [
        (
            variant,
            decide(
                pair(before, cells.get(variant.position, ())),
                margin=experiment.margin,
                comparisons=len(others),
                extensions=sum(each["looked"] for each in experiment.extensions),
                finished=experiment.is_finished,
                graded=graded,
            ),
        )
        for variant in others
    ]


def newest_pairs(experiment: Experiment) -> Pairs:
    """Return the paired scores of the baseline and the first variant beside it, for planning."""
    cells = scored_cells(experiment, most_variants=2)
    return pair(cells.get(0, ()), cells.get(1, ()))


def evidence_of(experiment: Experiment, variant: ExperimentVariant) -> Evidence:
    """Return what the experiment has shown about the variant, for a publish gate."""
    verdicts = [] if variant.is_baseline else verdicts_of(experiment)
    [evidence] = evidence_of_variants(experiment, [variant], verdicts)
    return evidence


def evidence_of_variants(
    experiment: Experiment,
    variants: Sequence[ExperimentVariant],
    verdicts: Sequence[tuple[ExperimentVariant, Verdict]],
) -> list[Evidence]:
    """Return what the experiment has shown about each of these variants.

    `verdicts` has those on variants that aren't the baseline (:func:`verdicts_of`).
    """
    baseline = variants_of(experiment)[0]
    by_variant = {variant.pk: verdict for variant, verdict in verdicts}
    contents = ExperimentRow.objects.filter(experiment=experiment).values_list("content", flat=True)
    checks_not_run = sum(len(not_run(content)) for content in contents)
    repeats = _repeats_of(experiment)
    return [
        Evidence(
            test_set=experiment.test_set_id,
            set_version=experiment.set_version,
            configuration=variant.digest,
            baseline="" if variant.is_baseline else baseline.digest,
            finished_at=experiment.finished_at if experiment.is_finished else None,
            rows=_rows(repeats, None if variant.is_baseline else baseline, variant),
            verdict=by_variant.get(variant.pk),
            checks_not_run=checks_not_run,
            left_out=experiment.left_out,
            metric=experiment.main_metric,
        )
        for variant in variants
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment on a configuration, with what it has shown."""

    experiment: Experiment
    evidence: Evidence


def newest_evidence(
    project: Project,
    *,
    digest: str,
    set_id: str,
    baseline: str = "",
    set_version: int = 0,
    metric: str = PASS,
) -> Found | None:
    """Return the newest experiment on this configuration and test set, or None.

    One that has finished goes before one that hasn't, one with this `baseline` (a digest), version
    of the set and main metric before others, one with all rows before one with some, and a
    comparison before a test alone.
    """
    variants = ExperimentVariant.objects.filter(
        experiment__project=project,
        experiment__deleted_at=None,
        experiment__test_set_id=set_id,
        digest=digest,
    ).annotate(
        against=ExperimentVariant.objects.filter(
            experiment=OuterRef("experiment"), position=0
        ).values("digest"),
    )
    found = list(variants.select_related("experiment").order_by("-experiment_id", "position")[:50])
    if not found:
        return None
    best = max(
        found,
        key=lambda one: (
            one.experiment.is_finished,
            one.against == baseline,
            one.experiment.set_version == set_version,
            not one.experiment.left_out,
            one.experiment.main_metric == metric,
            not one.is_baseline,
            one.experiment_id,
        ),
    )
    best.experiment.project = project
    graded = ExperimentCell.objects.filter(experiment=best.experiment_id, state=states.GRADED)
    evidence = replace(
        evidence_of(best.experiment, best),
        oldest_at=graded.aggregate(first=Min("ended_at"))["first"],
    )
    return Found(best.experiment, evidence)


_Repeats = Mapping[str, Mapping[int, Sequence[tuple[bool | None, str]]]]


def _repeats_of(experiment: Experiment) -> _Repeats:
    """Return whether each repeat passed, and the digest of its reply, by row and variant."""
    found: dict[str, dict[int, list[tuple[bool | None, str]]]] = {}
    cells = ExperimentCell.objects.filter(experiment=experiment).order_by("row__position", "repeat")
    for key, variant_id, passed, reply in cells.values_list(
        "row__key", "variant_id", "passed", "reply_digest"
    ):
        found.setdefault(key, {}).setdefault(variant_id, []).append((passed, reply))
    return found


def _rows(
    repeats: _Repeats, baseline: ExperimentVariant | None, variant: ExperimentVariant
) -> list[Row]:
    sides = [side.pk for side in (baseline, variant) if side]
    return [
        Row(
            name=key,
            baseline=_passes(of_row.get(baseline.pk, ())) if baseline else (),
            variant=_passes(of_row.get(variant.pk, ())),
            identical=all(
                _are_identical([reply for _, reply in of_row.get(side, ())]) for side in sides
            ),
        )
        for key, of_row in repeats.items()
    ]


def _passes(repeats: Sequence[tuple[bool | None, str]]) -> tuple[bool | None, ...]:
    return tuple(passed for passed, _ in repeats)


def _are_identical(replies: Sequence[str]) -> bool:
    return len(replies) > 1 and bool(replies[0]) and len({*replies}) == 1
