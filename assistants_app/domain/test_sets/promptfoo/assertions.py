"""promptfoo's assertions as checks, and checks as assertions."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from assistants_app.domain.checks.validation import validate_check
from assistants_app.domain.test_sets.messages import computes, plain_marks

Assertion = dict[str, Any]
Check = dict[str, Any]

PROMPTFOO: Final = "promptfoo"
COMMON: Final = ("weight", "metric")
BOUNDS: Final = {"min": "least", "max": "most"}
_KNOWN: Final = {"type", "value", "threshold", *COMMON}
FOREIGN: Final = "foreign"
"""The kind of a check that only another tool can run. It is kept word for word."""
# What an engine that takes linear time can't match: look-around and references to groups.
_NOT_LINEAR: Final = re.compile(r"\(\?(?:[=!]|<[=!])|(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)")


class NotRunHere(Exception):
    """Why an assertion can't become a check."""


def check_of(assertion: Mapping[str, Any]) -> Check:
    """Return the check that an assertion stands for. Raises :class:`NotRunHere`."""
    kind = str(assertion.get("type", ""))
    negated = kind.startswith("not-")
    kind = kind.removeprefix("not-")
    make = _CHECKS.get(kind)
    if make is None:
        raise NotRunHere(f"assertions of the type '{kind}' don't run here")
    _require_plain(assertion)
    try:
        check: Check = make(assertion)
    except OverflowError:
        raise NotRunHere("a number of the assertion is too large") from None
    if not 0 <= check.get("threshold", 0) <= 1:
        raise NotRunHere("a threshold is from 0 to 1 here")
    if negated:
        check["not"] = True
    # Zero is promptfoo's way to record a figure without judging by it.
    return {**check, **{name: assertion[name] for name in COMMON if name in assertion}}


def _require_plain(assertion: Mapping[str, Any]) -> None:
    # The model that judges is chosen for the whole experiment, so `provider` changes nothing here.
    if unknown := sorted(set(assertion) - _KNOWN - {"provider"}):
        raise NotRunHere(f"'{unknown[0]}' of an assertion doesn't work here")
    for text in _texts_in(assertion.get("value")):
        if text.startswith("file://"):
            raise NotRunHere("files that an assertion names aren't read")
        if computes(text) and assertion.get("type") != "python":
            raise NotRunHere("a template that computes, such as a filter, doesn't work here")


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, dict):
        yield from _texts_in(list(value.values()))


def _text(assertion: Mapping[str, Any]) -> str:
    value = assertion.get("value")
    if isinstance(value, bool | int | float):
        value = str(value).lower() if isinstance(value, bool) else f"{value}"
    if not isinstance(value, str):
        raise NotRunHere(f"an assertion of the type '{assertion.get('type')}' needs text here")
    return plain_marks(value)


def _threshold(assertion: Mapping[str, Any]) -> float:
    threshold = assertion.get("threshold", assertion.get("value"))
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise NotRunHere(f"an assertion of the type '{assertion.get('type')}' needs a threshold")
    return threshold


def _equals(assertion: Mapping[str, Any]) -> Check:
    if isinstance(assertion.get("value"), dict | list):
        return {"kind": "equals", "value": assertion["value"]}
    return {"kind": "equals", "value": _text(assertion)}


def _contains(mode: str, *, ignore_case: bool) -> Callable[[Mapping[str, Any]], Check]:
    def make(assertion: Mapping[str, Any]) -> Check:
        given = assertion.get("value")
        values = given if isinstance(given, list) else [given]
        texts = [_text({**assertion, "value": value}) for value in values]
        case = {"ignore_case": True} if ignore_case else {}
        return {"kind": f"contains_{mode}", "values": texts, **case}

    return make


def _regex(assertion: Mapping[str, Any]) -> Check:
    pattern = _text(assertion)
    if _NOT_LINEAR.search(pattern):
        raise NotRunHere("a regular expression with look-around or a reference doesn't run here")
    return {"kind": "regex", "pattern": pattern}


def _starts_with(assertion: Mapping[str, Any]) -> Check:
    return {"kind": "starts_with", "value": _text(assertion)}


def _json(assertion: Mapping[str, Any]) -> Check:
    schema = assertion.get("value")
    within = {"within": True} if "contains" in str(assertion["type"]) else {}
    if schema in (None, ""):
        return {"kind": "is_json", **within}
    if not isinstance(schema, dict):
        raise NotRunHere("a schema must be an object")
    return {"kind": "json_schema", "schema": schema, **within}


def _similar(assertion: Mapping[str, Any]) -> Check:
    value, threshold = _text(assertion), _threshold({"threshold": 0.75, **assertion})
    return {"kind": "similar", "value": value, "threshold": threshold}


def _refusal(assertion: Mapping[str, Any]) -> Check:
    return {"kind": "refusal"}


def _word_count(assertion: Mapping[str, Any]) -> Check:
    value = assertion.get("value")
    bounds = value if isinstance(value, dict) else {"min": value, "max": value}
    if not bounds or not set(bounds) <= set(BOUNDS) or not all(map(_is_count, bounds.values())):
        raise NotRunHere("a count of words needs whole numbers")
    return {"kind": "length", "unit": "words", **{BOUNDS[name]: bounds[name] for name in bounds}}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _cost(assertion: Mapping[str, Any]) -> Check:
    return {"kind": "cost", "most": _threshold(assertion)}


def _latency(assertion: Mapping[str, Any]) -> Check:
    return {"kind": "duration", "most": _threshold(assertion) / 1000}


def _tool_used(assertion: Mapping[str, Any]) -> Check:
    value = assertion.get("value")
    given = value.get("name") if isinstance(value, dict) and set(value) == {"name"} else value
    if not isinstance(given, str) or "*" in given:
        raise NotRunHere("only the name of one tool can be checked here")
    return {"kind": "tool_called", "tool": given}


def _tool_arguments(assertion: Mapping[str, Any]) -> Check:
    value = assertion.get("value")
    if not isinstance(value, dict) or set(value) - {"name", "args", "mode"}:
        raise NotRunHere("arguments of a tool can only be compared with an object here")
    mode = "exact" if value.get("mode") == "exact" else "subset"
    tool, arguments = value.get("name"), value.get("args", {})
    return {"kind": "tool_arguments", "tool": tool, "arguments": arguments, "match": mode}


def _tool_sequence(assertion: Mapping[str, Any]) -> Check:
    value = assertion.get("value")
    steps = value.get("steps") if isinstance(value, dict) else value
    mode = value.get("mode", "in_order") if isinstance(value, dict) else "in_order"
    if not isinstance(steps, list) or not all(isinstance(one, str) for one in steps):
        raise NotRunHere("the order of tools needs a list of their names")
    return {"kind": "tool_order", "tools": steps, **({"match": mode} if mode == "exact" else {})}


def _rubric(assertion: Mapping[str, Any]) -> Check:
    rubric = _text(assertion)
    if "threshold" in assertion:
        return {"kind": "judge_score", "rubric": rubric, "threshold": _threshold(assertion)}
    return {"kind": "judge_rubric", "rubric": rubric}


def _facts(assertion: Mapping[str, Any]) -> Check:
    return {"kind": "judge_facts", "reference": _text(assertion)}


def _python(assertion: Mapping[str, Any]) -> Check:
    value = assertion.get("value")
    if not isinstance(value, str) or not value.strip():
        raise NotRunHere("Python must be text")
    threshold = {"threshold": _threshold(assertion)} if "threshold" in assertion else {}
    return {"kind": "python", "code": value, **threshold}


_CHECKS: Final[dict[str, Callable[[Mapping[str, Any]], Check]]] = {
    "equals": _equals,
    "contains": _contains("any", ignore_case=False),
    "contains-any": _contains("any", ignore_case=False),
    "contains-all": _contains("all", ignore_case=False),
    "icontains": _contains("any", ignore_case=True),
    "icontains-any": _contains("any", ignore_case=True),
    "icontains-all": _contains("all", ignore_case=True),
    "starts-with": _starts_with,
    "regex": _regex,
    "is-json": _json,
    "contains-json": _json,
    "similar": _similar,
    "is-refusal": _refusal,
    "word-count": _word_count,
    "cost": _cost,
    "latency": _latency,
    "trajectory:tool-used": _tool_used,
    "trajectory:tool-args-match": _tool_arguments,
    "trajectory:tool-sequence": _tool_sequence,
    "llm-rubric": _rubric,
    "model-graded-closedqa": _rubric,
    "factuality": _facts,
    "model-graded-factuality": _facts,
    "python": _python,
}
"""How a check is made of an assertion, by its type."""


def usable(check: Check) -> Check:
    """Return the check. Raises :class:`NotRunHere` if it can't be run as it is."""
    for problem in validate_check(check):
        raise NotRunHere(problem.message.removesuffix("."))
    return check


def foreign(tool: str, original: Any, reason: NotRunHere) -> Check:
    """Return the check that keeps what only another tool can run."""
    kind = original.get("type", "") if isinstance(original, dict) else ""
    return {"kind": FOREIGN, "kept": {"type": kind, tool: original, "reason": str(reason)}}
