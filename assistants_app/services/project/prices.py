"""Setting what models cost."""

from decimal import Decimal, InvalidOperation

from django.db import transaction

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import ModelPrice, Project

MOST = Decimal(100_000)
PLACES = Decimal("0.000001")


@transaction.atomic(durable=True)
def set_price(*, project: Project, model: str, prompt: str, cached: str, completion: str) -> None:
    """What a model costs from now on, in dollars for a million tokens. An empty `cached` is the
    price of other prompt tokens. Raises :class:`InvalidRequest` by field.
    """
    name = model.strip()
    if not name or len(name) > 256 or "\0" in name:
        raise InvalidRequest("Enter a model name of at most 256 characters.", param="model")
    values = {
        "prompt": _dollars("prompt", prompt),
        "cached": _dollars("cached", cached if cached.strip() else prompt),
        "completion": _dollars("completion", completion),
    }
    ModelPrice.objects.update_or_create(project=project, model=name, defaults=values)


def _dollars(field: str, text: str) -> Decimal:
    problem = InvalidRequest(f"Enter dollars from 0 to {MOST:,}, such as 2.50.", param=field)
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise problem from None
    if not value.is_finite() or not 0 <= value <= MOST:
        raise problem
    return value.quantize(PLACES)


@transaction.atomic(durable=True)
def remove_price(*, project: Project, model: str) -> None:
    """Forget what a model costs. Raises :class:`NotFound`."""
    deleted, _ = ModelPrice.objects.filter(project=project, model=model).delete()
    if not deleted:
        raise NotFound("price", model)
