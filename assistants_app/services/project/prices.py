"""Set and remove the prices of models."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from assistants_app.domain.days import read_day
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.money.amounts import read_dollars
from assistants_app.domain.money.prices import SINCE_EVER, known_price
from assistants_app.gateway.endpoints import endpoints_of
from assistants_app.gateway.prices import forget_prices
from assistants_app.models import ModelPrice, Project
from assistants_app.services.act import act
from assistants_app.services.audit import Target, note, note_each

# Dollars, with as many places as the columns have.
MOST = Decimal(100_000)
MODEL_NAME = 256  # characters
PLACES = 6


@act()
def set_price(
    *,
    project: Project,
    model: str,
    prompt: str,
    cached: str,
    completion: str,
    base_url: str = "",
    valid_from: str = "",
) -> None:
    """Set a model's prices, as typed, in dollars per million tokens.

    They apply at the endpoint with this URL, or at any, and from this day on, or also to all days
    before. Without `cached`, cached prompt tokens cost as much as others. What has a cost keeps it;
    runs that have ended without one get it soon. Raises :class:`InvalidRequest` with the field that
    has to change.
    """
    name = model.strip()
    if not name or "\0" in name:
        raise InvalidRequest("Enter the name of a model.", param="model")
    if len(name) > MODEL_NAME:
        raise InvalidRequest(f"Enter at most {MODEL_NAME} characters.", param="model")
    if base_url and base_url not in {one.base_url for one in endpoints_of(project.id)}:
        raise InvalidRequest("Choose an endpoint of this project.", param="base_url")
    values = {
        "prompt": _parse_dollars("prompt", prompt),
        "cached": _parse_dollars("cached", cached if cached.strip() else prompt),
        "completion": _parse_dollars("completion", completion),
    }
    day = _parse_day(valid_from)
    ModelPrice.objects.update_or_create(
        project=project,
        model=name,
        base_url=base_url,
        valid_from=day,
        defaults={**values, "is_applied": False},
    )
    transaction.on_commit(partial(forget_prices, project.id))
    details = {column: str(value) for column, value in values.items()}
    details |= {"base_url": base_url, "valid_from": day.isoformat()}
    note("set_price", project=project, target_type="model", target_name=name, details=details)


@act()
def set_known_prices(*, project: Project, models: Iterable[str]) -> int:
    """Set OpenAI's list prices for those of the models that have none, and return their number."""
    today = datetime.now(UTC).date()
    known = {model: price for model in models if (price := known_price(model, today)) is not None}
    priced = ModelPrice.objects.filter(project=project, model__in=known)
    for model in set(priced.values_list("model", flat=True)):
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
    transaction.on_commit(partial(forget_prices, project.id))
    priced_now = [Target("model", name=model) for model in known]
    note_each("set_known_prices", project=project, targets=priced_now)
    return len(rows)


def _parse_dollars(field: str, text: str) -> Decimal:
    value = read_dollars(text, most=MOST, places=PLACES, param=field)
    if value is None:
        raise InvalidRequest("Enter dollars, such as 2.50, or 0.", param=field)
    return round(value, PLACES)


def _parse_day(text: str) -> date:
    if not text.strip():
        return SINCE_EVER
    try:
        return read_day(text.strip())
    except ValueError:
        raise InvalidRequest("Enter a day, such as 2026-12-31.", param="valid_from") from None


@act()
def remove_price(*, project: Project, model: str, base_url: str = "", valid_from: str = "") -> None:
    """Remove a model's prices at an endpoint from a day on. Raises :class:`NotFound`."""
    day = _parse_day(valid_from)
    deleted, _ = ModelPrice.objects.filter(
        project=project, model=model, base_url=base_url, valid_from=day
    ).delete()
    if not deleted:
        raise NotFound("price", model)
    transaction.on_commit(partial(forget_prices, project.id))
    details = {"base_url": base_url, "valid_from": day.isoformat()}
    note("remove_price", project=project, target_type="model", target_name=model, details=details)
