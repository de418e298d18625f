"""Reads of prices that owners have set, and of who and what they concern."""

from assistants_app.domain.money.prices import NONE, UNUSED, DatedPrice, Price
from assistants_app.models import Membership, ModelPrice, Project, Run


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


def models_of_runs(project: Project) -> dict[str, str]:
    """Return the models of the project's newest runs, with where their price comes from.

    That is "" for a model without a price.
    """
    runs = Run.objects.filter(project=project, recorded=False)
    newest = runs.order_by("-created_at").values_list("model", "cost_origin")[:1000]
    found: dict[str, str] = {}
    for model, origin in newest:
        if origin != UNUSED:
            found.setdefault(model, "" if origin == NONE else origin)
    return found


def list_memberships(project: Project) -> list[Membership]:
    """Return the project's members with their users, ordered by name."""
    rows = Membership.objects.filter(project=project).select_related("user")
    return list(rows.order_by("user__username"))
