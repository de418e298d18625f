"""Reads of model endpoints and prices."""

from assistants_app.domain.money.prices import Price
from assistants_app.models import ModelEndpoint, ModelPrice, Project, Run
from assistants_app.statements import reads


def list_endpoints(project_id: str) -> list[ModelEndpoint]:
    """Return the project's own endpoints, newest first."""
    return reads.list_endpoints(project_id)


def prices_of(project: Project) -> dict[str, Price]:
    """Return the project's prices by model, ordered by name."""
    rows = ModelPrice.objects.filter(project=project).order_by("model")
    return {row.model: Price(row.prompt, row.cached, row.completion) for row in rows}


def models_of_runs(project: Project) -> set[str]:
    """Return the models of the project's newest runs."""
    runs = Run.objects.filter(project=project, recorded=False)
    newest = runs.order_by("-created_at").values("model")[:1000]
    return {row["model"] for row in newest}
