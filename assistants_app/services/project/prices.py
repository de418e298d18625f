"""Set and remove the prices of models."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from assistants_app.domain.money.prices import known_price
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import ModelPrice, Project
from assistants_app.services.act import act

# Dollars, with as many places as the columns have.
MOST = Decimal(100_000)
PLACES = Decimal("0.000001")


@act()
def set_price(*, project: Project, model: str, prompt: str, cached: str, completion: str) -> None:
    """Set a model's prices, as typed, in dollars per million tokens.

    Without `cached`, cached prompt tokens cost as much as others. Raises :class:`InvalidRequest`
    with the field that has to change.
    """
    name = model.strip()
    if not name or len(name) > 256 or "\0" in name:
        raise InvalidRequest("Enter a model name of at most 256 characters.", param="model")
    values = {
        "prompt": _parse_dollars("prompt", prompt),
        "cached": _parse_dollars("cached", cached if cached.strip() else prompt),
        "completion": _parse_dollars("completion", completion),
    }
    ModelPrice.objects.update_or_create(project=project, model=name, defaults=values)


@act()
def set_known_prices(*, project: Project, models: Iterable[str]) -> int:
    """Set OpenAI's list prices for those of the models that have none, and return their number."""
    known = {model: price for model in models if (price := known_price(model)) is not None}
    priced = ModelPrice.objects.filter(project=project, model__in=known)
    for model in priced.values_list("model", flat=True):
        del known[model]
    rows = [
        ModelPrice(
            project=project,
            model=model,
            prompt=price.prompt,
            cached=price.cached,
            completion=price.completion,
        )
        for model, price in known.items()
    ]
    # Somebody else may set one of them at the same moment. Theirs stays.
    ModelPrice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _parse_dollars(field: str, text: str) -> Decimal:
    problem = InvalidRequest(f"Enter dollars from 0 to {MOST:,}, such as 2.50.", param=field)
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise problem from None
    if not value.is_finite() or not 0 <= value <= MOST:
        raise problem
    return value.quantize(PLACES)


@act()
def remove_price(*, project: Project, model: str) -> None:
    """Remove a model's prices. Raises :class:`NotFound`."""
    deleted, _ = ModelPrice.objects.filter(project=project, model=model).delete()
    if not deleted:
        raise NotFound("price", model)
