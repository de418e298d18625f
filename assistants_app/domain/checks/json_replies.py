"""Checks of replies in JSON: valid, of a schema, with a value at a path."""

import json
import re
from collections.abc import Mapping
from typing import Any

from assistants_app.domain.checks.check import CheckError, Finding, found
from assistants_app.domain.checks.filling import fill
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.missing import MISSING
from assistants_app.domain.mocks import look_up
from assistants_app.domain.schemas.faults import SchemaRefused, checked_faults
from assistants_app.domain.schemas.json_values import json_within, read_json, same

Params = Mapping[str, Any]
Item = Mapping[str, Any]
SHOWN = 120  # characters of a value in a reason
# As in $.cities[0].name or cities.0.name
_INDEX = re.compile(r"\[(\d{1,6})\]|\['([^'\]]*)'\]")


def is_json(params: Params, sample: Sample, _item: Item) -> Finding:
    """Read the reply as JSON."""
    try:
        _value(params, sample)
    except ValueError as error:
        return Finding(0.0, _not_json(error))
    return Finding(1.0, "The reply is valid JSON.")


def json_schema(params: Params, sample: Sample, item: Item) -> Finding:
    """Check the reply's JSON against a schema."""
    try:
        value = _value(params, sample)
    except ValueError as error:
        return Finding(0.0, _not_json(error))
    faults = schema_faults(value, fill_schema(params["schema"], item))
    if not faults:
        return Finding(1.0, "The reply's JSON fits the schema.")
    return Finding(0.0, f"The reply's JSON doesn't fit the schema: {listed(faults)}")


def json_path(params: Params, sample: Sample, item: Item) -> Finding:
    """Compare the value at a path of the reply's JSON."""
    try:
        value = _value(params, sample)
    except ValueError as error:
        return Finding(0.0, _not_json(error))
    path = params["path"]
    at = look_up(value, plain_path(path))
    if at is MISSING:
        return Finding(0.0, f"The reply's JSON has nothing at {path}.")
    if "value" not in params:
        return Finding(1.0, f"The reply's JSON has a value at {path}.")
    wanted = fill(params["value"], item)
    return found(
        same(at, wanted),
        f"At {path}, the reply's JSON has {shown(at)}.",
        f"At {path}, the reply's JSON has {shown(at)} and not {shown(wanted)}.",
    )


def plain_path(path: str) -> str:
    """Return a path such as ``$.cities[0].name`` with dots alone."""
    dotted = _INDEX.sub(lambda index: f".{index[1] or index[2]}", path.strip())
    return dotted.removeprefix("$").removeprefix(".")


def fill_schema(schema: Any, item: Item) -> Mapping[str, Any]:
    """Return the schema, which may be a mark of the row. Raises :class:`CheckError`."""
    filled = fill(schema, item) if isinstance(schema, str) else schema
    if isinstance(filled, str):
        try:
            filled = read_json(filled)
        except ValueError as error:
            raise CheckError(f"The schema in this row is not valid JSON: {error}.") from None
    if not isinstance(filled, Mapping):
        raise CheckError("The schema in this row must be a JSON object.")
    return filled


def schema_faults(value: Any, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where the value doesn't fit. Raises :class:`CheckError` if the schema is unusable."""
    try:
        return checked_faults(value, schema)
    except SchemaRefused as refused:
        raise CheckError(str(refused)) from None


def listed(faults: list[tuple[str, str]]) -> str:
    """Return the first faults of a value in one line."""
    lines = [f"{place}: {message}" if place else message for place, message in faults[:3]]
    more = f" And {len(faults) - 3} more." if len(faults) > 3 else ""
    return "; ".join(line[:200].rstrip(".") for line in lines) + "." + more


def shown(value: Any) -> str:
    """Return the start of a value as JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text


def _value(params: Params, sample: Sample) -> Any:
    return json_within(sample.text) if params.get("within") else read_json(sample.text.strip())


def _not_json(error: ValueError) -> str:
    return f"The reply is not valid JSON: {error}."
