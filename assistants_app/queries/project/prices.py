"""Reads of the prices that owners have set."""

from assistants_app.domain.money.prices import DatedPrice, Price
from assistants_app.models import ModelPrice, Project


def dated_prices(project_id: str) -> list[DatedPrice]:
    """Return the project's prices, ordered by model, endpoint and day."""
    rows = ModelPrice.objects.filter(project_id=project_id)
    return [
        DatedPrice(
            row.model,
            Price(row.prompt, row.cached, row.completion),
            row.base_url,
            row.valid_from,
        )
        for row in rows.order_by("model", "base_url", "valid_from")
    ]


def models_with_price(project: Project) -> set[str]:
    """Return the models that have a price."""
    return set(ModelPrice.objects.filter(project=project).values_list("model", flat=True))
