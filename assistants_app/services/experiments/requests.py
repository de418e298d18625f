"""Experiments that programs ask for: by the API, or by `manage.py run_experiment`."""

from decimal import Decimal

from django.contrib.auth.models import User

from assistants_app.domain.errors import ApiError
from assistants_app.domain.experiments.requirement import ALL_ROWS, Requirement, usual_requirement
from assistants_app.models import Experiment, Project
from assistants_app.queries.experiments.named import find_assistant, find_test_set
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.wire.experiments.experiments import (
    ExperimentCreateParams,
    GateParams,
    VariantParams,
)

# What requests call a term otherwise.
_OTHER_NAMES = {"cap": "budget"}


def create_requested_experiment(
    *, project: Project, user: User | None, params: ExperimentCreateParams
) -> Experiment:
    """Create the experiment, and start it if the request says so.

    Raises :class:`NotFound` and :class:`InvalidRequest`, with the parameter at fault.
    """
    test_set = find_test_set(project, params.test_set)
    variants = [_choice(project, place, one) for place, one in enumerate(params.variants)]
    terms = Terms(
        name=params.name or "",
        main_metric=params.main_metric,
        margin=params.margin,
        repeats=params.repeats,
        at_once=params.at_once,
        # By its digits: 0.1 is meant exactly.
        cap=None if params.budget is None else Decimal(str(params.budget)),
        seed=params.seed,
        judge_model=params.judge_model or "",
        keys=None if params.rows is None else frozenset(params.rows),
        requirement=_requirement(params.gate, len(variants), params.margin),
    )
    try:
        return create_experiment(
            project=project,
            user=user,
            set_id=test_set.pk,
            variants=variants,
            terms=terms,
            starts=params.start,
        )
    except ApiError as error:
        error.param = _OTHER_NAMES.get(error.param or "", error.param)
        raise


def _choice(project: Project, place: int, params: VariantParams) -> VariantChoice:
    source = Source(model=params.model or "")
    if params.assistant is not None:
        param = f"variants[{place}].assistant"
        assistant = find_assistant(project, params.assistant, param=param)
        source = Source(assistant_id=assistant.pk, version=params.version)
    return VariantChoice(
        source,
        overrides=params.overrides(),
        name=params.name or "",
        variables=params.variables or {},
    )


def _requirement(gate: GateParams | None, variants: int, margin: float) -> Requirement | None:
    if gate is None:
        return None
    usual = usual_requirement(variants=variants, margin=margin)
    required = usual.required
    if gate.required_rows is not None:
        required = None if gate.required_rows == ALL_ROWS else frozenset(gate.required_rows)
    return Requirement(
        margin=usual.margin if gate.margin is None else gate.margin,
        required=required,
        no_worse_row=bool(gate.no_worse_row),
    )
