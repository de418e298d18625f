"""Reads that every run needs."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from assistants_app.domain import run_status
from assistants_app.models import Assistant, ModelEndpoint, RunStep
from assistants_app.statements.execute import fetch, fetch_all
from assistants_app.statements.rows import ModelType, read_columns, row_of


def find_assistant(project_id: str, assistant_id: str) -> Assistant | None:
    """Return the project's assistant, or None if it has no such assistant."""
    row = fetch(_assistant(), [assistant_id.replace("\0", "\ufffd"), project_id])
    return row_of(Assistant, row) if row else None


def list_endpoints(project_id: str) -> list[ModelEndpoint]:
    """Return the project's own model endpoints, newest first."""
    return rows_of(ModelEndpoint, fetch_all(_endpoints(), [project_id]))


def endpoints_of_run(run_id: str) -> tuple[str, list[str]]:
    """Return the statement for the endpoints of a run's project, like :func:`list_endpoints`."""
    return _endpoints("(SELECT project_id FROM run WHERE id = %s)"), [run_id]


def completed_calls(run_ids: Iterable[str]) -> list[RunStep]:
    """Return the steps of these runs whose tool calls have results, newest first."""
    return rows_of(RunStep, fetch_all(_completed_calls(), [list(run_ids)]))


def rows_of(model: type[ModelType], records: Iterable[tuple[Any, ...]]) -> list[ModelType]:
    """Return the rows of a model in a statement's result."""
    return [row for record in records if (row := row_of(model, record)) is not None]


@cache
def _assistant() -> str:
    return f"SELECT {read_columns(Assistant)} FROM assistant WHERE id = %s AND project_id = %s"


@cache
def _endpoints(project_id: str = "%s") -> str:
    return (
        f"SELECT {read_columns(ModelEndpoint)} FROM model_endpoint WHERE project_id = {project_id}"
        " ORDER BY id DESC"
    )


@cache
def _completed_calls() -> str:
    return (
        f"SELECT {read_columns(RunStep)} FROM run_step WHERE run_id = ANY(%s)"
        f" AND type = 'tool_calls' AND status = '{run_status.COMPLETED}' ORDER BY id DESC"
    )
