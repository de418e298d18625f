"""What an experiment shows: paired scores, verdicts, and evidence for a publish gate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef

from assistants_app.domain.experiments import states
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


def scored_cells(experiment: Experiment) -> Mapping[int, Sequence[Cell]]:
    """Return the cells as verdicts look at them, by the position of their variant."""
    found: dict[int, list[Cell]] = defaultdict(list)
    rows = ExperimentCell.objects.filter(experiment=experiment).order_by("row__position", "repeat")
    for position, key, figure, state, fault, cluster, reply in rows.values_list(
        "variant__position",
        "row__key",
        "figure",
        "state",
        "fault",
        "row__cluster",
        "reply_digest",
    ):
        found[position].append(
            Cell(
                row=key,
                score=figure if state == states.GRADED else None,
                fault=fault and state == states.ERROR,
                cluster=cluster,
                reply=reply,
            )
        )
    return found


def verdicts_of(experiment: Experiment) -> list[tuple[ExperimentVariant, Verdict]]:
    """Return the verdict on each variant but the baseline, in their order."""
    baseline, *others = variants_of(experiment)
    cells = scored_cells(experiment)
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
            ),
        )
        for variant in others
    ]


def newest_pairs(experiment: Experiment) -> Pairs:
    """Return the paired scores of the baseline and the first variant beside it, for planning."""
    cells = scored_cells(experiment)
    return pair(cells.get(0, ()), cells.get(1, ()))


def evidence_of(experiment: Experiment, variant: ExperimentVariant) -> Evidence:
    """Return what the experiment has shown about the variant, for a publish gate."""
    compares = not variant.is_baseline
    baseline = variants_of(experiment)[0] if compares else None
    verdict = None
    if compares:
        verdict = next(each for one, each in verdicts_of(experiment) if one.pk == variant.pk)
    contents = ExperimentRow.objects.filter(experiment=experiment).values_list("content", flat=True)
    return Evidence(
        test_set=experiment.test_set_id,
        set_version=experiment.set_version,
        configuration=variant.digest,
        baseline=baseline.digest if baseline else "",
        finished_at=experiment.finished_at if experiment.is_finished else None,
        rows=_rows(experiment, baseline, variant),
        verdict=verdict,
        checks_not_run=sum(len(not_run(content)) for content in contents),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """An experiment on a configuration, with what it has shown."""

    experiment: Experiment
    evidence: Evidence


def newest_evidence(
    project: Project, *, digest: str, set_id: str, baseline: str = "", set_version: int = 0
) -> Found | None:
    """Return the newest experiment on this configuration and test set, or None.

    One that has finished goes before one that hasn't, one with this `baseline` (a digest) and
    version of the set before others, and a comparison before a test alone.
    """
    variants = ExperimentVariant.objects.filter(
        experiment__project=project,
        experiment__deleted_at=None,
        experiment__test_set_id=set_id,
        digest=digest,
    ).annotate(
        against=ExperimentVariant.objects.filter(
            experiment=OuterRef("experiment"), position=0
        ).values("digest")
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
            not one.is_baseline,
            one.experiment_id,
        ),
    )
    best.experiment.project = project
    return Found(best.experiment, evidence_of(best.experiment, best))


def _rows(
    experiment: Experiment, baseline: ExperimentVariant | None, variant: ExperimentVariant
) -> list[Row]:
    cells = ExperimentCell.objects.filter(experiment=experiment).order_by("row__position", "repeat")
    passes: dict[str, dict[int, list[bool | None]]] = {}
    replies: dict[str, dict[int, list[str]]] = {}
    for key, variant_id, passed, reply in cells.values_list(
        "row__key", "variant_id", "passed", "reply_digest"
    ):
        passes.setdefault(key, {}).setdefault(variant_id, []).append(passed)
        replies.setdefault(key, {}).setdefault(variant_id, []).append(reply)
    sides = [side.pk for side in (baseline, variant) if side]
    return [
        Row(
            name=key,
            baseline=tuple(of_row.get(baseline.pk, ())) if baseline else (),
            variant=tuple(of_row.get(variant.pk, ())),
            identical=all(_are_identical(replies[key].get(side, [])) for side in sides),
        )
        for key, of_row in passes.items()
    ]


def _are_identical(replies: Sequence[str]) -> bool:
    return len(replies) > 1 and bool(replies[0]) and len({*replies}) == 1
