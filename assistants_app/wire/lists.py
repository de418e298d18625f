"""The query parameters of lists: limit, order, after, before."""

from collections.abc import Mapping

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.pages import PageParams


def page_params(
    query: Mapping[str, str], *, default: int = limits.PAGE_DEFAULT, maximum: int = limits.PAGE_MAX
) -> PageParams:
    """The page that a query string asks for. Raises :class:`InvalidRequest`."""
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise InvalidRequest(
            f"Invalid value: '{order}'. Supported values are: 'asc' and 'desc'.",
            param="order",
            code="invalid_value",
        )
    return PageParams(
        limit=_limit(query.get("limit"), default, maximum),
        order=order,
        after=query.get("after") or None,
        before=query.get("before") or None,
    )


def _limit(text: str | None, default: int, maximum: int) -> int:
    if text is None:
        return default
    try:
        limit = int(text)
    except ValueError:
        raise InvalidRequest(
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            param="limit",
            code="invalid_type",
        ) from None
    if limit > maximum:
        raise InvalidRequest(
            "Invalid 'limit': integer above maximum value. "
            f"Expected a value <= {maximum}, but got {limit} instead.",
            param="limit",
            code="integer_above_max_value",
        )
    if limit < 1:
        raise InvalidRequest(
            "Invalid 'limit': integer below minimum value. "
            f"Expected a value >= 1, but got {limit} instead.",
            param="limit",
            code="integer_below_min_value",
        )
    return limit
