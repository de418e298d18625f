"""Vector store forms, converted to the bodies of API requests."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.web.http import whole_number

LISTS = {"in", "nin"}
OPERATORS = {
    "eq": "=",
    "ne": "≠",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "in": "in",
    "nin": "nin",
}


def value_of(text: str) -> Any:
    """Return a typed value as a number, a Boolean or text. ``"7"`` in quotes is text."""
    text = text.strip()
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text
    return value if isinstance(value, str | bool | int | float) else text


def text_of_value(value: Any) -> str:
    """Return the text from which :func:`value_of` makes this value."""
    # Only text that looks like a number or a Boolean needs quotes.
    if isinstance(value, str) and value_of(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def list_of(text: str) -> list[Any]:
    """Return the values of a JSON array, or of a list separated by commas."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        value = None
    if isinstance(value, list):
        return value
    return [value_of(part) for part in text.split(",") if part.strip()]


def pairs_of(data: QueryDict, name: str, convert: Callable[[str], Any] = str) -> dict[str, Any]:
    """Return the fields ``<name>-key`` and ``<name>-value`` as pairs, without empty rows.

    Raises :class:`InvalidRequest` for a value without a key, and for a key that is used twice.
    """
    pairs: dict[str, Any] = {}
    for key, value in rows_of(data, name):
        if not key:
            raise InvalidRequest(_("Give each value a key."), param=name)
        if key in pairs:
            problem = _("The key %(key)s is used twice.") % {"key": key}
            raise InvalidRequest(problem, param=name)
        pairs[key] = convert(value)
    return pairs


def rows_of(data: QueryDict, name: str) -> list[tuple[str, str]]:
    """Return the rows as they were typed, without empty rows."""
    rows = zip(data.getlist(f"{name}-key"), data.getlist(f"{name}-value"), strict=False)
    return [(key.strip(), value.strip()) for key, value in rows if key.strip() or value.strip()]


def store_body(data: QueryDict) -> dict[str, Any]:
    """Return the body that changes a store's settings. Without days, the store never expires."""
    days = data.get("days", "").strip()
    return {
        "name": data.get("name", "").strip(),
        "expires_after": {"anchor": "last_active_at", "days": _number_or_text(days)}
        if days
        else None,
        "metadata": pairs_of(data, "metadata"),
    }


def attach_body(data: Mapping[str, str], file_id: str) -> dict[str, Any]:
    """Return the body that attaches a file to a store, with the chunk sizes of the form, if any."""
    body: dict[str, Any] = {"file_id": file_id}
    match data.get("chunking"):
        case "auto":
            body["chunking_strategy"] = {"type": "auto"}
        case "static":
            sizes = ("max_chunk_size_tokens", "chunk_overlap_tokens")
            static = {name: _number_or_text(data.get(name, "").strip()) for name in sizes}
            body["chunking_strategy"] = {"type": "static", "static": static}
    return body


def search_body(data: QueryDict) -> dict[str, Any]:
    """Return the body of a search. Raises :class:`InvalidRequest` for filters with broken JSON."""
    query = " ".join(data.get("q", "").split())
    body: dict[str, Any] = {"query": query[: limits.SEARCH_QUERY]}
    if number := data.get("n", "").strip():
        body["max_num_results"] = _number_or_text(number)
    if threshold := data.get("threshold", "").strip():
        body["ranking_options"] = {"score_threshold": value_of(threshold)}
    if "rewrite" in data:
        body["rewrite_query"] = True
    if (filters := _filter_body(data)) is not None:
        body["filters"] = filters
    return body


def _filter_body(data: QueryDict) -> Any:
    if raw := data.get("filters", "").strip():
        try:
            return json.loads(raw, parse_constant=_refuse_constant)
        except ValueError as error:
            problem = _("This is not valid JSON: %(reason)s.") % {"reason": error}
            raise InvalidRequest(problem, param="filters") from error
    rows = zip(data.getlist("key"), data.getlist("operator"), data.getlist("value"), strict=False)
    filters = [
        {
            "type": operator,
            "key": key.strip(),
            "value": list_of(value) if operator in LISTS else value_of(value),
        }
        for key, operator, value in rows
        if key.strip()
    ]
    if len(filters) < 2:
        return filters[0] if filters else None
    return {"type": data.get("join", "and"), "filters": filters}


def _number_or_text(text: str) -> Any:
    # Other text stays as it is, so that the API's own validation explains what is wrong with it.
    number = whole_number(text)
    return value_of(text) if number is None else number


# JSON has no NaN and no Infinity, but Python's reader accepts both.
def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
