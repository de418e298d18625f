"""Figures of the variants of an experiment, and what its rows can be chosen by."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.db.models import Avg, Count, F, Q, Sum

from assistants_app.domain.experiments import states
from assistants_app.models import Experiment, ExperimentCell, TestSet


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantFigures:
    """What a variant came to so far. `figure` is the mean of the main metric, None without any."""

    figure: float | None = None
    passed: int = 0
    decided: int = 0
    errors: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spreads:
    """The seconds and dollars of a variant's cells."""

    seconds: list[float] = field(default_factory=list)
    dollars: list[Decimal] = field(default_factory=list)


def figures_of_variants(experiment: Experiment) -> Mapping[int, VariantFigures]:
    """Return the figures of the variants that have cells, by their positions."""
    cells = ExperimentCell.objects.filter(experiment=experiment).order_by()
    found = cells.values("variant__position").annotate(
        mean=Avg("figure"),
        good=Count("pk", filter=Q(passed=True)),
        decided=Count("pk", filter=Q(passed__isnull=False)),
        errors=Count("pk", filter=Q(state__in=(states.ERROR, states.OVER_BUDGET))),
        tokens=Sum(F("prompt_tokens") + F("completion_tokens")),
        dollars=Sum(F("cost") + F("judge_cost")),
    )
    return {
        one["variant__position"]: VariantFigures(
            figure=one["mean"],
            passed=one["good"],
            decided=one["decided"],
            errors=one["errors"],
            tokens=one["tokens"],
            cost=one["dollars"],
        )
        for one in found
    }


def spreads_of_variants(experiment: Experiment) -> Mapping[int, Spreads]:
    """Return the times and costs of cells with a result, by the positions of variants."""
    cells = ExperimentCell.objects.filter(experiment=experiment, state=states.GRADED)
    found: dict[int, Spreads] = defaultdict(Spreads)
    for position, seconds, dollars, judged in cells.order_by().values_list(
        "variant__position", "duration_seconds", "cost", "judge_cost"
    ):
        if seconds is not None:
            found[position].seconds.append(seconds)
        found[position].dollars.append(dollars + judged)
    return found


def tags_of(experiment: Experiment) -> list[str]:
    """Return the tags of the experiment's rows, in the order of the alphabet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tag FROM experiment_row row,"
            " json_array_elements_text(coalesce(row.content -> 'tags', '[]')) AS tag"
            " WHERE row.experiment_id = %s ORDER BY tag",
            [experiment.pk],
        )
        return [tag for (tag,) in cursor.fetchall()]


def metrics_of_set(test_set: TestSet) -> list[str]:
    """Return the metrics that checks in the working copy name, in the order of the alphabet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT one ->> 'metric' AS metric FROM test_working_row w"
            " JOIN test_row row ON row.id = w.row_id, LATERAL ("
            "  SELECT one FROM json_array_elements(coalesce(row.content -> 'checks', '[]')) AS one"
            "  UNION ALL SELECT one FROM json_each(coalesce(row.content -> 'turn_checks', '{}'))"
            "  AS turn, json_array_elements(turn.value) AS one) AS checks"
            " WHERE w.test_set_id = %s AND coalesce(one ->> 'metric', '') <> '' ORDER BY metric",
            [test_set.pk],
        )
        return [metric for (metric,) in cursor.fetchall()]
