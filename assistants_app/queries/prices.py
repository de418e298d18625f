"""Reads of what models cost."""

from assistants_app.domain.cost import Price
from assistants_app.models import ModelPrice, Project


def prices_of(project: Project) -> dict[str, Price]:
    """The project's prices by model, in the order of their names."""
    rows = ModelPrice.objects.filter(project=project).order_by("model")
    return {row.model: Price(row.prompt, row.cached, row.completion) for row in rows}
