"""A request's bytes as JSON that can be checked, kept and shown again."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest

# PostgreSQL keeps no NUL, and UTF-8 no half of a surrogate pair.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def read_json(body: bytes) -> dict[str, Any]:
    """The object in `body`; an empty body is an empty object. Raises :class:`InvalidRequest`."""
    if not body:
        return {}
    try:
        data = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InvalidRequest(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
            "using your HTTP library correctly. The API expects a JSON object.)"
        )
    check_texts(data)
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def check_texts(data: dict[str, Any]) -> None:
    """Raise :class:`InvalidRequest` for a text that cannot be kept, or too much nesting."""
    waiting: list[tuple[str, int, Any]] = [("", 0, data)]
    while waiting:
        name, depth, value = waiting.pop()
        if depth > limits.JSON_DEPTH:
            raise InvalidRequest(
                f"The JSON body of your request nests deeper than {limits.JSON_DEPTH} levels.",
                param=re.split(r"[.\[]", name)[0],
                code="invalid_value",
            )
        if isinstance(value, str) and _UNKEEPABLE.search(value):
            raise _unkeepable(name)
        waiting += [(inner, depth + 1, item) for inner, item in _inside(name, value)]


def _inside(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{name}[{index}]", item
    elif isinstance(value, dict):
        for key, item in value.items():
            if _UNKEEPABLE.search(key):
                raise _unkeepable(name)
            yield f"{name}.{key}" if name else key, item


def _unkeepable(name: str) -> InvalidRequest:
    shown = f" '{name}'" if name else ""
    return InvalidRequest(
        f"Invalid{shown}: a text has a NUL character or half of a surrogate pair.",
        param=name or None,
        code="invalid_value",
    )
