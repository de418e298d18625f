"""What an experiment will take and what it can show, before it is created."""

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from statistics import fmean
from typing import Any

from django.db.models import Avg, F

from assistants_app.domain import limits
from assistants_app.domain.checks.judging import MOST_TOKENS
from assistants_app.domain.checks.kinds import PAIR
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.errors import NotFound, RunFailure
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import LETTERS
from assistants_app.domain.money.prices import Tariff
from assistants_app.domain.tokens import count_tokens
from assistants_app.domain.verdicts.pairs import Pairs
from assistants_app.domain.verdicts.plans import CellEstimate, Plan, plan
from assistants_app.gateway.endpoints import endpoint_serving
from assistants_app.gateway.judging import place_of_judge
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import Experiment, ExperimentCell, Project, TestSet
from assistants_app.queries.experiments.evidence import newest_pairs
from assistants_app.queries.experiments.planning import size_of_experiment
from assistants_app.services.experiments.creating import (
    Terms,
    VariantChoice,
    freeze_variant,
    judges_of,
    judging_checks,
)

LOOKED_AT = 200  # rows, whose average stands for all
USUAL_REPLY = 300  # tokens
USUAL_JUDGEMENT = 150
# Cells that ran before, whose average a new one is expected to take.
MEASURED = 500


def plan_experiment(
    *, project: Project, set_id: str, variants: Sequence[VariantChoice], terms: Terms
) -> Plan:
    """Return what an experiment with these variants and terms will take.

    What its configurations took in earlier experiments on the set counts for more than a guess by
    the lengths of texts. Raises like :func:`~.creating.create_experiment`.
    """
    test_set = TestSet.objects.filter(project=project, pk=set_id).first()
    if test_set is None:
        raise NotFound("test set", set_id)
    working = test_set.working_rows.order_by("position")
    if terms.keys is not None:
        working = working.filter(key__in=terms.keys)
    contents = list(working.values_list("row__content", flat=True)[:LOOKED_AT])
    frozen = [freeze_variant(project, place, choice) for place, choice in enumerate(variants)]
    size = size_of_experiment(
        test_set, metric=terms.main_metric, repeats=terms.repeats, keys=terms.keys
    )
    answering = {str(one.values["model"]) for one in frozen}
    models = answering | judges_of(contents, terms.judge_model)
    return plan(
        [_estimate(project, set_id, one, contents, terms) for one in frozen],
        rows=size.rows,
        repeats=terms.repeats,
        # As the driver has it.
        at_once=1 if any(_is_bundled(project, model) for model in answering) else terms.at_once,
        measured=_measured(project, set_id, frozen),
        cells=size.cells,
        unchecked=size.unchecked,
        unpriced=sorted(model for model in models if not _has_price(project, model)),
        alike=_alike([one.digest for one in frozen]),
    )


def _alike(digests: Sequence[str]) -> tuple[str, str] | None:
    """Return the letters of the first two variants with the same digest."""
    for (one, first), (other, second) in combinations(zip(LETTERS, digests, strict=False), 2):
        if first == second:
            return one, other
    return None


def _is_bundled(project: Project, model: str) -> bool:
    try:
        return endpoint_serving(project.pk, model).demo
    except RunFailure:
        return False


def _has_price(project: Project, model: str) -> bool:
    tariff = _tariff(project, model)
    return bool(tariff and tariff.price)


def _measured(project: Project, set_id: str, frozen: Sequence[FrozenConfiguration]) -> Pairs | None:
    # Another configuration of the baseline varies as much between rows as this one, or nearly.
    experiments = Experiment.objects.filter(
        project=project, test_set_id=set_id, state=states.DONE, deleted_at=None
    )
    newest = experiments.filter(variants__position=1).order_by("-pk").first()
    return newest_pairs(newest) if newest and len(frozen) > 1 else None


def _estimate(
    project: Project,
    set_id: str,
    frozen: FrozenConfiguration,
    contents: Sequence[dict[str, Any]],
    terms: Terms,
) -> CellEstimate:
    guess = _guess(project, frozen, contents, terms)
    cells = ExperimentCell.objects.filter(
        experiment__project=project,
        experiment__test_set_id=set_id,
        variant__digest=frozen.digest,
        state=states.GRADED,
    ).order_by("-pk")[:MEASURED]
    known = cells.aggregate(
        dollars=Avg(F("cost") + F("judge_cost")), seconds=Avg("duration_seconds")
    )
    if known["dollars"] is None:
        return guess
    dollars = Decimal(known["dollars"])
    return CellEstimate(
        dollars=dollars,
        most_dollars=max(guess.most_dollars, dollars),
        seconds=known["seconds"],
    )


def _guess(
    project: Project,
    frozen: FrozenConfiguration,
    contents: Sequence[dict[str, Any]],
    terms: Terms,
) -> CellEstimate:
    values = frozen.values
    fixed = count_tokens(values["instructions"]) + count_tokens(json.dumps(values["tools"]))
    most = values["max_completion_tokens"] or limits.EXPERIMENT_REPLY_TOKENS
    reply = min(USUAL_REPLY, most)
    tariff = _tariff(project, str(values["model"]))
    prompts, turns = [0.0], [1.0]
    for content in contents:
        asked = [count_tokens(turn["content"]) for turn in content.get("turns", ())]
        turns.append(len(asked))
        # Each turn is sent all turns before it, with their replies.
        prompts.append(
            sum(fixed + sum(asked[: number + 1]) + number * reply for number in range(len(asked)))
        )
    prompt = fmean(prompts[1:] or prompts)
    number = fmean(turns[1:] or turns)
    judged, judged_most = _judges(project, contents, terms)
    return CellEstimate(
        dollars=_cost(tariff, prompt, reply * number) + judged,
        most_dollars=_cost(tariff, prompt + (most - reply) * number, most * number) + judged_most,
    )


def _judges(
    project: Project, contents: Sequence[dict[str, Any]], terms: Terms
) -> tuple[Decimal, Decimal]:
    usual = most = Decimal(0)
    for content in contents:
        for check in judging_checks(content):
            tariff = _tariff(project, check.get("model") or terms.judge_model)
            prompt = count_tokens(json.dumps([check, content.get("turns")])) + 2 * USUAL_REPLY
            # Pairs are judged in both orders.
            calls = 2 if check["kind"] == PAIR else 1
            usual += calls * _cost(tariff, prompt, USUAL_JUDGEMENT)
            most += calls * _cost(tariff, prompt, MOST_TOKENS)
    rows = max(len(contents), 1)
    return usual / rows, most / rows


def _tariff(project: Project, model: str) -> Tariff | None:
    try:
        place = place_of_judge(project_id=project.pk, model=model)
    except RunFailure:
        return None
    return tariff_for(project.pk, place, model)


def _cost(tariff: Tariff | None, prompt: float, completion: float) -> Decimal:
    usage = {"prompt_tokens": round(prompt), "completion_tokens": round(completion)}
    return (tariff.cost(usage) if tariff else None) or Decimal(0)
