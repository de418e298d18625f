"""JSON of experiments: requests, and the object ``playground.experiment``."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.metrics import PASS
from assistants_app.domain.verdicts.verdict import MARGIN
from assistants_app.domain.verdicts.votes import describe_votes
from assistants_app.domain.verdicts.words import Names, describe
from assistants_app.models import Experiment, ExperimentVariant
from assistants_app.models.experiments.reports import ExperimentReport, Said, VariantReport
from assistants_app.models.experiments.snapshots import ListedExperiment
from assistants_app.wire.assistants.assistants import ModelName
from assistants_app.wire.common import unix_time
from assistants_app.wire.empty_objects import EmptyAsObject
from assistants_app.wire.runs.runs import OverrideParams
from assistants_app.wire.validation import Params, moved, refusal

OBJECT = "playground.experiment"
# Of a variant, what says which configuration it is. Everything else replaces a part of that.
_NOT_REPLACED = frozenset(("assistant", "version", "name", "variables", "assistant_id"))
# An ID or a name.
Reference = Annotated[str, StringConstraints(min_length=1, max_length=limits.NAME)]
RowKey = Annotated[str, StringConstraints(min_length=1, max_length=limits.TEST_ROW_KEY)]
RowKeys = Annotated[list[RowKey], Field(max_length=limits.TEST_ROWS)]


class VariantParams(OverrideParams):
    """A variant: an assistant or a model alone, and fields of a run that replace its own."""

    assistant_id: str = ""  # of runs, and refused here
    assistant: Reference | None = None
    version: Annotated[int, Field(ge=1, le=limits.INTEGER)] | None = None
    name: str | None = None
    variables: Annotated[dict[str, Any], EmptyAsObject] | None = None

    @model_validator(mode="before")
    @classmethod
    def _has_no_assistant_id(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "assistant_id" in value:
            raise moved("assistant_id", "Use 'assistant', which takes an ID or a name.")
        return value

    @model_validator(mode="after")
    def _names_a_configuration(self) -> Self:
        if self.assistant is None and self.model is None:
            raise refusal(
                "A variant needs an 'assistant' or a 'model'.",
                code="missing_required_parameter",
                at="assistant",
            )
        if self.assistant is None and self.version is not None:
            raise refusal(
                "Only an assistant has versions. Add 'assistant', or remove 'version'.",
                code="invalid_value",
                at="version",
            )
        return self

    def overrides(self) -> dict[str, Any]:
        """Return the fields that replace parts of the assistant's configuration."""
        # A null is what clients send for a field that they leave out.
        fields = self.given().items()
        return {
            name: value for name, value in fields if name not in _NOT_REPLACED and value is not None
        }


class GateParams(Params):
    """What the experiment has to show."""

    margin: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    required_rows: Literal["all"] | RowKeys | None = None
    no_worse_row: bool | None = None


class ExperimentCreateParams(Params):
    """The body of a request for an experiment, which starts unless `start` is false."""

    test_set: Reference
    variants: Annotated[
        list[VariantParams], Field(min_length=1, max_length=limits.EXPERIMENT_VARIANTS)
    ]
    name: str | None = None
    rows: RowKeys | None = None
    main_metric: Annotated[str, StringConstraints(max_length=limits.NAME)] = PASS
    margin: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = MARGIN
    repeats: Annotated[int, Field(ge=1, le=limits.EXPERIMENT_REPEATS)] = 1
    at_once: Annotated[int, Field(ge=1, le=limits.EXPERIMENT_AT_ONCE)] = 4
    budget: (
        Annotated[float, Field(ge=0, le=limits.EXPERIMENT_DOLLARS, allow_inf_nan=False)] | None
    ) = None
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    judge_model: ModelName | None = None
    gate: GateParams | None = None
    start: bool = True


class BudgetParams(Params):
    """The body of a request for a larger budget."""

    budget: Annotated[float, Field(ge=0, le=limits.EXPERIMENT_DOLLARS, allow_inf_nan=False)]


def experiment_object(report: ExperimentReport) -> dict[str, Any]:
    """Return the object of an experiment with what it has shown."""
    experiment, progress = report.experiment, report.progress
    baseline = report.variants[0].variant
    return {
        **_head(experiment),
        "gate": report.requirement.as_json(),
        "result": report.result,
        "progress": {
            "cells": progress.cells,
            "ended": progress.ended,
            "seconds_left": _rounded(progress.seconds_left),
            "faults": progress.faults,
            "states": dict(progress.counts),
        },
        "variants": [_variant_report(one, baseline) for one in report.variants],
    }


def listed_experiment_object(listed: ListedExperiment) -> dict[str, Any]:
    """Return the object of an experiment in a list: without results, which take long to read."""
    return {
        **_head(listed.experiment),
        "progress": {"cells": listed.cells, "ended": listed.ended},
        "variants": [_variant(variant) for variant in listed.variants],
    }


def _head(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": experiment.pk,
        "object": OBJECT,
        "created_at": unix_time(experiment.created_at),
        "started_at": unix_time(experiment.started_at),
        "finished_at": unix_time(experiment.finished_at),
        "name": experiment.name,
        "status": experiment.state,
        "pause_reason": experiment.pause_reason or None,
        "test_set": {
            "id": experiment.test_set_id,
            "name": experiment.test_set_name,
            "version": experiment.set_version,
        },
        "main_metric": experiment.main_metric,
        "margin": experiment.margin,
        "repeats": experiment.repeats,
        "at_once": experiment.at_once,
        "seed": experiment.seed,
        "judge_model": experiment.judge_model or None,
        "budget": None if experiment.cap is None else float(experiment.cap),
        "cost": float(experiment.spent + experiment.lost),
        "extensions": len(experiment.extensions),
    }


def _variant(variant: ExperimentVariant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "baseline": variant.is_baseline,
        "digest": variant.digest,
    }


def _variant_report(one: VariantReport, baseline: ExperimentVariant) -> dict[str, Any]:
    configuration: Mapping[str, Any] = one.variant.configuration
    return {
        **_variant(one.variant),
        "assistant_id": configuration.get("assistant_id") or None,
        "version": configuration.get("version_number") or None,
        "model": one.variant.model,
        "cells": one.cells,
        "passed": one.passed,
        "failed": one.failed,
        "without_result": one.without_result,
        "faults": one.faults,
        "mean": _rounded(one.figure),
        "cost": float(one.cost),
        "first_token_seconds": _rounded(one.first_token_seconds),
        "duration_seconds": _rounded(one.duration_seconds),
        "people": _said(one.said),
        "verdict": _verdict(one, baseline),
        "gate": _ruling(one),
    }


def _verdict(one: VariantReport, baseline: ExperimentVariant) -> dict[str, Any] | None:
    verdict = one.verdict
    if verdict is None:
        return None
    pairs, found = verdict.pairs, verdict.interval
    words = describe(verdict, Names(baseline.name, one.variant.name))
    return {
        "kind": verdict.kind,
        "reason": verdict.reason or None,
        "headline": str(words.headline),
        "basis": [str(phrase) for phrase in words.basis],
        "notes": [str(phrase) for phrase in words.notes],
        "details": [str(phrase) for phrase in words.details],
        "rows": pairs.rows,
        "n": len(pairs.differences),
        "repeats": pairs.repeats,
        "baseline_mean": _rounded(pairs.baseline_mean),
        "variant_mean": _rounded(pairs.variant_mean),
        "difference": _rounded(found.estimate) if found else None,
        "interval": [_rounded(found.low), _rounded(found.high)] if found else None,
        "points": list(found.points) if found else None,
        "confidence": _rounded(found.confidence) if found else None,
        "better": pairs.better,
        "worse": pairs.worse,
        "p_value": _rounded(verdict.p_value),
        "more_rows": verdict.more_rows or None,
        "more_repeats": verdict.repeats,
        "preference": _preference(one, baseline),
    }


def _said(said: Said | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "people": said.people,
        "graded": said.graded,
        "grade": _rounded(said.grade),
        "compared": said.compared,
        "preference": _rounded(said.preference),
    }


def _preference(one: VariantReport, baseline: ExperimentVariant) -> dict[str, Any] | None:
    found = one.said.against_baseline if one.said else None
    if found is None:
        return None
    return {
        "headline": str(describe_votes(found, Names(baseline.name, one.variant.name))),
        "share": _rounded(found.share),
        "interval": [_rounded(found.low), _rounded(found.high)],
        "votes": found.votes,
        "rows": found.turns,
    }


def _ruling(one: VariantReport) -> dict[str, Any] | None:
    if one.ruling is None:
        return None
    return {
        "result": one.ruling.result,
        "refusals": [
            {"code": refusal.code, "message": str(refusal), "rows": list(refusal.rows)}
            for refusal in one.ruling.refusals
        ],
    }


def _rounded(figure: float | None) -> float | None:
    # More digits would only show how floats are added.
    return None if figure is None else round(figure, 6)


def status_filter(status: str) -> str:
    """Return the status to filter a list by. Raises :class:`InvalidRequest` for an unknown one."""
    if status and status not in states.EXPERIMENT_STATES:
        known = [f"'{name}'" for name in states.EXPERIMENT_STATES]
        raise InvalidRequest(
            f"Invalid value: '{status}'. Supported values are: {', '.join(known[:-1])}, and "
            f"{known[-1]}.",
            param="status",
            code="invalid_value",
        )
    return status
