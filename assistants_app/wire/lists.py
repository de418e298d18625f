"""Query parameters of lists: limit, order, after, before and filters."""

import re
from collections.abc import Mapping

from assistants_app.domain import index_status, limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.lists import PageParams

SEARCH_CONTENT = "step_details.tool_calls[*].file_search.results[*].content"
# int() raises an error for thousands of digits. Twenty are enough to be out of range.
LIMIT_DIGITS = 20


def page_params(
    query: Mapping[str, str], *, default: int = limits.PAGE_DEFAULT, maximum: int = limits.PAGE_MAX
) -> PageParams:
    """Return the page that a query string asks for. Raises :class:`InvalidRequest`."""
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise InvalidRequest(
            f"Invalid value: '{order}'. Supported values are: 'asc' and 'desc'.",
            param="order",
            code="invalid_value",
        )
    return PageParams(
        limit=_page_limit(query.get("limit"), default, maximum),
        order=order,
        after=id_filter(query, "after"),
        before=id_filter(query, "before"),
    )


def id_filter(query: Mapping[str, str], name: str) -> str | None:
    """Return the id in a query string, or None if it is missing or empty.

    Raises :class:`InvalidRequest` for an id that PostgreSQL can't compare.
    """
    value = query.get(name) or None
    if value and "\0" in value:
        raise InvalidRequest(
            f"Invalid '{name}': it contains a NUL character.", param=name, code="invalid_value"
        )
    return value


def status_filter(query: Mapping[str, str]) -> str | None:
    """Return the status in the query of a list of a store's files, or None.

    Raises :class:`InvalidRequest` for an unknown status.
    """
    status = query.get("filter") or None
    if status and status not in index_status.FILE_STATUSES:
        known = [f"'{name}'" for name in index_status.FILE_STATUSES]
        raise InvalidRequest(
            f"Invalid value: '{status}'. Supported values are: {', '.join(known[:-1])}, and "
            f"{known[-1]}.",
            param="filter",
            code="invalid_value",
        )
    return status


def includes_search_content(query: Mapping[str, list[str]]) -> bool:
    """Return whether ``include[]`` asks for the text of file search results.

    `query` has all values of each parameter. Raises :class:`InvalidRequest` for any other value.
    """
    # The SDKs write a list as `include[]`, and PHP as `include[0]`. The plain name is accepted too.
    names = [name for name in query if re.fullmatch(r"include(\[[0-9]*\])?", name)]
    given = [value for name in names for value in query[name]]
    for name in given:
        if name != SEARCH_CONTENT:
            raise InvalidRequest(
                f"Invalid value: '{name}'. Supported values are: '{SEARCH_CONTENT}'.",
                param="include",
                code="invalid_value",
            )
    return bool(given)


def _page_limit(text: str | None, default: int, maximum: int) -> int:
    if text is None:
        return default
    # int() would also accept "1_0", " 1" and digits of other scripts.
    if not re.fullmatch(r"-?[0-9]+", text):
        raise InvalidRequest(
            "Invalid type for 'limit': expected an integer, but got a string instead.",
            param="limit",
            code="invalid_type",
        )
    limit = int(text[:LIMIT_DIGITS])
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
