"""/v1/playground/experiments"""

from decimal import Decimal
from typing import Any

from assistants_app.api.repeats import made_before
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import Response
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.results import junit, matrix_csv
from assistants_app.models import Experiment
from assistants_app.queries.experiments import experiments as queries
from assistants_app.queries.experiments.reports import report_of, results_of
from assistants_app.services.experiments.lifecycle import cancel_experiment
from assistants_app.services.experiments.raising import raise_budget
from assistants_app.services.experiments.requests import create_requested_experiment
from assistants_app.wire.common import list_object
from assistants_app.wire.experiments.experiments import (
    BudgetParams,
    ExperimentCreateParams,
    experiment_object,
    listed_experiment_object,
    status_filter,
)
from assistants_app.wire.lists import id_filter, page_params

CSV, JUNIT = "csv", "junit"
CONTENT_TYPES = {CSV: "text/csv; charset=utf-8", JUNIT: "application/xml"}


def create(request: ApiRequest) -> dict[str, Any]:
    params = request.params(ExperimentCreateParams)
    # What it was made of may be gone when the request is repeated.
    experiment = made_before(Experiment) or create_requested_experiment(
        project=request.project, user=request.key.user, params=params
    )
    return experiment_object(report_of(experiment))


def list_(request: ApiRequest) -> dict[str, Any]:
    page = queries.list_experiments(
        request.project,
        page_params(request.query),
        set_id=id_filter(request.query, "test_set_id") or "",
        state=status_filter(request.query.get("status", "")),
    )
    items = [listed_experiment_object(item) for item in page.items]
    return list_object(items, has_more=page.has_more)


def retrieve(request: ApiRequest, experiment_id: str) -> dict[str, Any]:
    return experiment_object(report_of(queries.get_experiment(request.project, experiment_id)))


def cancel(request: ApiRequest, experiment_id: str) -> dict[str, Any]:
    experiment = cancel_experiment(project=request.project, experiment_id=experiment_id)
    return experiment_object(report_of(experiment))


def raise_(request: ApiRequest, experiment_id: str) -> dict[str, Any]:
    params = request.params(BudgetParams)
    # By its digits: 0.1 is meant exactly.
    cap = Decimal(str(params.budget))
    experiment = raise_budget(project=request.project, experiment_id=experiment_id, cap=cap)
    return experiment_object(report_of(experiment))


def results(request: ApiRequest, experiment_id: str) -> Response:
    experiment = queries.get_experiment(request.project, experiment_id)
    wanted = request.query.get("format", JUNIT)
    if wanted not in CONTENT_TYPES:
        raise InvalidRequest(
            f"Invalid value: '{wanted}'. Supported values are: 'junit' and 'csv'.",
            param="format",
            code="invalid_value",
        )
    cells = results_of(experiment)
    lines = junit(experiment.name, cells) if wanted == JUNIT else matrix_csv(cells)
    return Response("".join(lines).encode(), content_type=CONTENT_TYPES[wanted])
