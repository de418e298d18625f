"""What an experiment has shown, for programs: figures, verdicts, rulings and single results."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum

from assistants_app.domain.checks import check as checks
from assistants_app.domain.checks.wording import describe
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.asking import text_of_turn
from assistants_app.domain.experiments.requirement import (
    Requirement,
    Ruling,
    rule,
    usual_requirement,
)
from assistants_app.domain.test_sets.results import ERROR, FAILED, PASSED, SKIPPED, CellResult
from assistants_app.domain.verdicts.verdict import Verdict
from assistants_app.models import Experiment, ExperimentCell, ExperimentVariant
from assistants_app.models.experiments.reports import ExperimentReport, VariantReport
from assistants_app.queries.experiments.evidence import evidence_of_variants, verdicts_of
from assistants_app.queries.experiments.experiments import progress_of, variants_of
from assistants_app.queries.experiments.said import said_of_variants

CELLS_AT_ONCE = 500
NAME = 100  # characters of a row's name


def requirement_of(experiment: Experiment, *, variants: int) -> Requirement:
    """Return what the experiment has to show, named or usual."""
    if experiment.requirement is not None:
        return Requirement.from_json(experiment.requirement)
    return usual_requirement(variants=variants, margin=experiment.margin)


def report_of(experiment: Experiment) -> ExperimentReport:
    """Return the experiment with what it has shown so far."""
    variants = variants_of(experiment)
    requirement = requirement_of(experiment, variants=len(variants))
    # Results of one that goes on are counted alone: programs ask for them every second.
    verdicts = verdicts_of(experiment) if experiment.is_finished else []
    rulings = _rulings(experiment, variants, verdicts, requirement)
    said = said_of_variants(experiment, variants) if experiment.is_finished else {}
    figures = _figures(experiment)
    by_variant = {variant.pk: verdict for variant, verdict in verdicts}
    return ExperimentReport(
        experiment,
        progress_of(experiment),
        requirement,
        [
            VariantReport(
                variant=variant,
                verdict=by_variant.get(variant.pk),
                ruling=rulings.get(variant.pk),
                said=said.get(variant.pk),
                **figures.get(variant.pk, {}),
            )
            for variant in variants
        ],
    )


def _rulings(
    experiment: Experiment,
    variants: list[ExperimentVariant],
    verdicts: list[tuple[ExperimentVariant, Verdict]],
    requirement: Requirement,
) -> Mapping[int, Ruling]:
    if not experiment.is_finished:
        return {}
    ruled = variants[1:] or variants
    evidence = evidence_of_variants(experiment, ruled, verdicts)
    pairs = zip(ruled, evidence, strict=True)
    return {variant.pk: rule(requirement, one) for variant, one in pairs}


def _figures(experiment: Experiment) -> Mapping[int, dict[str, Any]]:
    graded = Q(state=states.GRADED)
    found = (
        ExperimentCell.objects.filter(experiment=experiment)
        .order_by()
        .values("variant_id")
        .annotate(
            cells=Count("pk"),
            passes=Count("pk", filter=Q(passed=True)),
            failed=Count("pk", filter=Q(passed=False)),
            without_result=Count("pk", filter=Q(state__in=states.RETRIED)),
            faults=Count("pk", filter=Q(state=states.ERROR, fault=True)),
            mean=Avg("figure"),
            dollars=Sum(F("cost") + F("judge_cost")),
            first=Avg("first_token_seconds", filter=graded),
            duration=Avg("duration_seconds", filter=graded),
        )
    )
    return {
        one["variant_id"]: {
            "cells": one["cells"],
            "passed": one["passes"],
            "failed": one["failed"],
            "without_result": one["without_result"],
            "faults": one["faults"],
            "figure": one["mean"],
            "cost": one["dollars"],
            "first_token_seconds": one["first"],
            "duration_seconds": one["duration"],
        }
        for one in found
    }


def results_of(experiment: Experiment) -> Iterator[CellResult]:
    """Yield the result of each cell, in the order of the rows, repeats and variants."""
    variants = variants_of(experiment)
    names = _distinct_names(variants)
    priced = {variant.pk: _has_price(experiment, variant) for variant in variants}
    cells = ExperimentCell.objects.filter(experiment=experiment).select_related("row")
    ordered = cells.defer("earlier").order_by("row__position", "repeat", "variant__position")
    for cell in ordered.iterator(chunk_size=CELLS_AT_ONCE):
        state, reason = _state_of(cell)
        yield CellResult(
            variant=names[cell.variant_id],
            row_id=cell.row.key,
            row_name=_name_of(cell),
            state=state,
            score=cell.score,
            seconds=cell.duration_seconds or 0,
            cost=float(cell.cost + cell.judge_cost) if priced[cell.variant_id] else None,
            reason=reason,
        )


def _distinct_names(variants: list[ExperimentVariant]) -> Mapping[int, str]:
    """Return the variants' names, with a number behind a name that another one has already."""
    names: dict[int, str] = {}
    for variant in variants:
        name, number = variant.name, 2
        while name in names.values():
            name, number = f"{variant.name} ({number})", number + 1
        names[variant.pk] = name
    return names


def _has_price(experiment: Experiment, variant: ExperimentVariant) -> bool:
    price: Mapping[str, Any] = experiment.prices.get(variant.model) or {}
    return price.get("price") is not None


def _name_of(cell: ExperimentCell) -> str:
    content = cell.row.content
    text = str(content.get("description") or text_of_turn(content, 0, {}))
    name = " ".join(text.split())[:NAME]
    return name if cell.repeat == 1 else f"{name} (repeat {cell.repeat})"


def _state_of(cell: ExperimentCell) -> tuple[str, str]:
    if cell.passed is not None:
        return (PASSED, "") if cell.passed else (FAILED, _why_failed(cell))
    if cell.state in (states.ERROR, states.OVER_BUDGET):
        return ERROR, "\n".join([(cell.error or {}).get("message", ""), *_problems(cell)]).strip()
    if cell.state == states.GRADED:
        return SKIPPED, "No check of the row decides whether it passes."
    if cell.state == states.SKIPPED:
        return SKIPPED, "The experiment was cancelled before."
    return SKIPPED, "It hasn't ended yet."


def _why_failed(cell: ExperimentCell) -> str:
    lines = [*_problems(cell), f"Reply: {cell.reply}"]
    return "\n".join(lines)


def _problems(cell: ExperimentCell) -> Iterator[str]:
    """Yield a line for each check that failed or couldn't be carried out."""
    for one in cell.outcomes:
        outcome = one["outcome"]
        if outcome["state"] in (checks.FAILED, checks.ERROR):
            turn = "" if one["turn"] is None else f"Message {one['turn'] + 1}: "
            words = describe(checks.check_from(one["check"]))
            yield f"{turn}{words}. {outcome['reason']}"
