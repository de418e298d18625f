"""Checks as promptfoo's assertions."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from assistants_app.domain.test_sets.promptfoo.assertions import (
    BOUNDS,
    COMMON,
    FOREIGN,
    PROMPTFOO,
    Assertion,
    Check,
)

MOST_MILLISECONDS: Final = 1e15
# Names that promptfoo's Python doesn't have.
_OURS: Final = re.compile(r"\b(sample|item)\b")


def assertion_from(check: Mapping[str, Any]) -> Assertion | None:
    """Return the assertion that checks the same in promptfoo, or None if it has none."""
    params = {name: value for name, value in check.items() if name not in ("not", *COMMON)}
    kind = params.pop("kind", "")
    if kind == FOREIGN:
        original = params["kept"].get(PROMPTFOO)
        return original if isinstance(original, dict) else None
    make = _ASSERTIONS.get(kind)
    made = make(params) if make else None
    if made is None:
        return None
    if check.get("not"):
        made["type"] = f"not-{made['type']}"
    return {**made, **{name: check[name] for name in COMMON if name in check}}


def _only(name: str, type_: str, key: str = "value") -> Callable[[Check], Assertion | None]:
    def make(params: Check) -> Assertion | None:
        return {"type": type_, key: params[name]} if set(params) == {name} else None

    return make


def _alone(type_: str) -> Callable[[Check], Assertion | None]:
    return lambda params: None if params else {"type": type_}


def _contains_assertion(mode: str) -> Callable[[Check], Assertion | None]:
    def make(params: Check) -> Assertion | None:
        if set(params) - {"values", "ignore_case"} or not params.get("values"):
            return None
        prefix = "i" if params.get("ignore_case") else ""
        values = params["values"]
        if len(values) == 1 and mode == "any":
            return {"type": f"{prefix}contains", "value": values[0]}
        return {"type": f"{prefix}contains-{mode}", "value": values}

    return make


def _json_assertion(params: Check) -> Assertion | None:
    if set(params) - {"schema", "within"}:
        return None
    kind = "contains-json" if params.get("within") else "is-json"
    return {"type": kind, **({"value": params["schema"]} if "schema" in params else {})}


def _similar_assertion(params: Check) -> Assertion | None:
    if params.pop("by", "meaning") != "meaning" or set(params) - {"value", "threshold"}:
        return None
    threshold = params.get("threshold", 0.75)
    return {"type": "similar", "value": params["value"], "threshold": threshold}


def _length_assertion(params: Check) -> Assertion | None:
    bounds = {name: params[ours] for name, ours in BOUNDS.items() if ours in params}
    if params.get("unit") != "words" or not bounds:
        return None
    return {"type": "word-count", "value": bounds}


def _duration_assertion(params: Check) -> Assertion | None:
    if set(params) != {"most"}:
        return None
    milliseconds = params["most"] * 1000
    if milliseconds > MOST_MILLISECONDS:
        return None
    whole = int(milliseconds) == milliseconds
    return {"type": "latency", "threshold": int(milliseconds) if whole else milliseconds}


def _arguments_assertion(params: Check) -> Assertion | None:
    modes = {"exact": "exact", "subset": "partial"}
    mode = modes.get(params.get("match", "subset"))
    if mode is None or set(params) - {"tool", "arguments", "match"}:
        return None
    value = {"name": params["tool"], "args": params["arguments"], "mode": mode}
    return {"type": "trajectory:tool-args-match", "value": value}


def _order_assertion(params: Check) -> Assertion | None:
    mode = {"mode": "exact"} if params.get("match") == "exact" else {}
    return {"type": "trajectory:tool-sequence", "value": {**mode, "steps": params["tools"]}}


def _python_assertion(params: Check) -> Assertion | None:
    # Only the names that promptfoo's Python has too.
    if set(params) - {"code", "threshold"} or _OURS.search(params["code"]):
        return None
    threshold = {name: params[name] for name in ("threshold",) if name in params}
    return {"type": "python", "value": params["code"], **threshold}


def _score_assertion(params: Check) -> Assertion | None:
    if set(params) != {"rubric", "threshold"}:
        return None
    return {"type": "llm-rubric", "value": params["rubric"], "threshold": params["threshold"]}


_ASSERTIONS: Final[dict[str, Callable[[Check], Assertion | None]]] = {
    "equals": _only("value", "equals"),
    "contains_any": _contains_assertion("any"),
    "contains_all": _contains_assertion("all"),
    "starts_with": _only("value", "starts-with"),
    "regex": _only("pattern", "regex"),
    "is_json": _json_assertion,
    "json_schema": _json_assertion,
    "similar": _similar_assertion,
    "refusal": _alone("is-refusal"),
    "length": _length_assertion,
    "cost": _only("most", "cost", "threshold"),
    "duration": _duration_assertion,
    "tool_called": _only("tool", "trajectory:tool-used"),
    "tool_arguments": _arguments_assertion,
    "tool_order": _order_assertion,
    "python": _python_assertion,
    "judge_rubric": _only("rubric", "llm-rubric"),
    "judge_score": _score_assertion,
    "judge_facts": _only("reference", "factuality"),
}
"""How an assertion is made of a check's parameters, by the check's kind."""
