"""Reads of model endpoints."""

from assistants_app.domain.cost import Price
from assistants_app.models import ModelEndpoint, ModelPrice, Project


def list_endpoints(project_id: str) -> list[ModelEndpoint]:
    """The endpoints that the project connected, newest first."""
    return list(ModelEndpoint.objects.filter(project_id=project_id).order_by("-pk"))


def prices_of(project: Project) -> dict[str, Price]:
    """The project's prices by model, in the order of their names."""
    rows = ModelPrice.objects.filter(project=project).order_by("model")
    return {row.model: Price(row.prompt, row.cached, row.completion) for row in rows}
