"""Parsing of JSON bodies into objects that can be stored and returned unchanged."""

import json
import re
from collections.abc import Iterator
from math import isinf
from typing import Any, NoReturn

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.empty_objects import empty_as_object

# PostgreSQL can't store NUL, and UTF-8 can't encode half of a surrogate pair.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object in `body`. Raises :class:`InvalidRequest` for anything else."""
    # Some requests, such as those that cancel a run, have no body.
    if not body:
        return {}
    try:
        data = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        data = None
    data = empty_as_object(data)
    if not isinstance(data, dict):
        raise InvalidRequest(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
            "using your HTTP library correctly. The API expects a JSON object.)"
        )
    check_texts(data)
    return data


def _refuse_constant(name: str) -> NoReturn:
    # Python's parser accepts NaN, Infinity and -Infinity, which are not JSON.
    raise ValueError(f"{name} is not JSON")


def check_texts(data: dict[str, Any]) -> None:
    """Raise :class:`InvalidRequest` for what can't be stored, and for too much nesting."""
    # A loop instead of recursion: a body of 100,000 brackets would exhaust the stack.
    waiting: list[tuple[str, int, Any]] = [("", 0, data)]
    while waiting:
        name, depth, value = waiting.pop()
        if depth > limits.JSON_DEPTH:
            raise InvalidRequest(
                f"The JSON body of your request nests more than {limits.JSON_DEPTH} levels deep.",
                param=re.split(r"[.\[]", name)[0],
                code="invalid_value",
            )
        if isinstance(value, str) and _UNSTORABLE.search(value):
            raise _unstorable(name)
        # JSON has no infinity, but Python reads 1e999 as one.
        if isinstance(value, float) and isinf(value):
            raise _invalid(name, "the number is too large")
        waiting += [(inner, depth + 1, item) for inner, item in _named_items(name, value)]


def _named_items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{name}[{index}]", item
    elif isinstance(value, dict):
        for key, item in value.items():
            # The message names the object, because the key itself can't be sent back.
            if _UNSTORABLE.search(key):
                raise _unstorable(name)
            yield f"{name}.{key}" if name else key, item


def _unstorable(name: str) -> InvalidRequest:
    return _invalid(name, "the text contains a NUL character or half of a surrogate pair")


def _invalid(name: str, why: str) -> InvalidRequest:
    place = f" '{name}'" if name else ""
    return InvalidRequest(
        f"Invalid{place}: {why}.",
        param=name or None,
        code="invalid_value",
    )
