"""What people have said about the replies of an experiment, for programs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import GRADE, PREFERENCE, Choices, votes_between
from assistants_app.domain.verdicts.votes import win_share
from assistants_app.models import Experiment, ExperimentGrade, ExperimentVariant
from assistants_app.models.experiments.reports import Said


@dataclass(frozen=True, slots=True)
class _Grade:
    row: str
    repeat: int
    person: str
    metric: str
    value: float

    @property
    def reply(self) -> tuple[str, int]:
        return self.row, self.repeat


def said_of_variants(
    experiment: Experiment, variants: Sequence[ExperimentVariant]
) -> Mapping[int, Said]:
    """Return what people have said about the variants, by primary key, if they have said anything.

    The first of the variants is the baseline.
    """
    grades = _grades(experiment)
    baseline, *others = variants
    before = _choices(grades.get(baseline.pk, ()))
    found = {}
    for variant in variants:
        if given := grades.get(variant.pk):
            votes = [] if variant.is_baseline else votes_between(before, _choices(given))
            found[variant.pk] = Said(
                people=len({one.person for one in given}),
                graded=_count(given, GRADE),
                grade=_mean(given, GRADE),
                compared=_count(given, PREFERENCE),
                preference=_mean(given, PREFERENCE),
                against_baseline=win_share(votes, comparisons=len(others)),
            )
    return found


def _grades(experiment: Experiment) -> Mapping[int, list[_Grade]]:
    rows = ExperimentGrade.objects.filter(
        cell__experiment=experiment, cell__state=states.GRADED
    ).order_by("pk")
    found: dict[int, list[_Grade]] = defaultdict(list)
    for variant_id, row, repeat, person_id, name, metric, value in rows.values_list(
        *("cell__variant_id", "cell__row__key", "cell__repeat"),
        *("person_id", "name", "metric", "value"),
    ):
        # Of somebody whose account is gone, the name is left.
        person = name if person_id is None else str(person_id)
        found[variant_id].append(_Grade(row, repeat, person, metric, value))
    return found


def _choices(grades: Sequence[_Grade]) -> Choices:
    return {
        (one.row, one.repeat, one.person): one.value for one in grades if one.metric == PREFERENCE
    }


def _count(grades: Sequence[_Grade], metric: str) -> int:
    return len({one.reply for one in grades if one.metric == metric})


def _mean(grades: Sequence[_Grade], metric: str) -> float | None:
    """Return the mean over replies, so that one that many have graded doesn't count for more."""
    replies: dict[tuple[str, int], list[float]] = defaultdict(list)
    for one in grades:
        if one.metric == metric:
            replies[one.reply].append(one.value)
    return fmean(map(fmean, replies.values())) if replies else None
