"""Graders of OpenAI's evals as checks, and checks as graders."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from assistants_app.domain.test_sets.messages import computes
from assistants_app.domain.test_sets.promptfoo.assertions import FOREIGN, Check, NotRunHere

Grader = dict[str, Any]

OPENAI: Final = "openai_evals"

_OUTPUT: Final = re.compile(r"\s*{{\s*sample\.output_text\s*}}\s*")
_OUTPUT_MARK: Final = re.compile(r"{{\s*sample\.output_text\s*}}")
_ITEM: Final = re.compile(r"{{\s*item\.([\w.-]+)\s*}}")
_MARK: Final = re.compile(r"{{\s*([\w.-]+)\s*}}")
# The names of graders for checks without a metric.
_NUMBERED: Final = re.compile(r"check_\d+")
_SAMPLE: Final = re.compile(r"{{\s*sample\.[\w.-]+\s*}}")


# A grader of OpenAI's gets the item's fields themselves.
_AS_THERE: Final = """

_grade = grade


def grade(sample, item):
    return _grade({**sample, "output_text": sample["text"]}, item.get("variables") or {})
"""


def from_item(text: str) -> str:
    """Return a template with marks as we write them: ``{{item.city}}`` is ``{{city}}``."""
    return _ITEM.sub(r"{{\1}}", text)


def to_item(text: str) -> str:
    """Return a text of ours as a template over an item."""
    return _MARK.sub(r"{{item.\1}}", text)


def check_of_grader(grader: Mapping[str, Any]) -> Check:
    """Return the check that a grader stands for. Raises :class:`NotRunHere`."""
    kind = str(grader.get("type", ""))
    make = _CHECKS.get(kind)
    if make is None:
        raise NotRunHere(f"graders of the type '{kind}' don't run here")
    check = make(grader)
    name = grader.get("name")
    is_metric = isinstance(name, str) and name and not _NUMBERED.fullmatch(name)
    return {**check, "metric": name} if is_metric else check


def _reference(grader: Mapping[str, Any]) -> str:
    given, reference = grader.get("input"), grader.get("reference")
    if not isinstance(given, str) or not _OUTPUT.fullmatch(given):
        raise NotRunHere("only a grader of the whole reply, {{sample.output_text}}, runs here")
    if not isinstance(reference, str) or _SAMPLE.search(reference) or computes(reference):
        raise NotRunHere("the reference of a grader must be text with values of the item")
    return from_item(reference)


def _string_check(grader: Mapping[str, Any]) -> Check:
    reference, operation = _reference(grader), grader.get("operation")
    match operation:
        case "eq":
            return {"kind": "equals", "value": reference}
        case "ne":
            return {"kind": "equals", "value": reference, "not": True}
        case "like":
            return {"kind": "contains_any", "values": [reference]}
        case "ilike":
            return {"kind": "contains_any", "values": [reference], "ignore_case": True}
    raise NotRunHere(f"the operation '{operation}' doesn't run here")


def _text_similarity(grader: Mapping[str, Any]) -> Check:
    if grader.get("evaluation_metric") != "cosine":
        raise NotRunHere(f"the metric '{grader.get('evaluation_metric')}' doesn't run here")
    check: Check = {"kind": "similar", "value": _reference(grader)}
    return {**check, **_threshold(grader)}


def _python(grader: Mapping[str, Any]) -> Check:
    source = grader.get("source")
    if not isinstance(source, str):
        raise NotRunHere("a Python grader needs its source")
    return {"kind": "python", "code": f"{source}\n{_AS_THERE}", **_threshold(grader)}


def _threshold(grader: Mapping[str, Any]) -> dict[str, Any]:
    threshold = grader.get("pass_threshold")
    if threshold is None:
        return {}
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise NotRunHere("the threshold of a grader must be a number")
    return {"threshold": threshold}


def _label_model(grader: Mapping[str, Any]) -> Check:
    labels, passing = grader.get("labels"), grader.get("passing_labels")
    if not isinstance(labels, list) or not isinstance(passing, list):
        raise NotRunHere("a grader by labels needs lists of them")
    return {
        "kind": "judge_labels",
        "question": _question(grader),
        "labels": labels,
        "passing": passing,
    }


def _score_model(grader: Mapping[str, Any]) -> Check:
    low_high = grader.get("range", [0, 1])
    if low_high != [0, 1]:
        raise NotRunHere("a judge's score is from 0 to 1 here")
    return {"kind": "judge_score", "rubric": _question(grader), **_threshold(grader)}


def _question(grader: Mapping[str, Any]) -> str:
    """Return what a judge is asked. It sees the reply anyway, so its place in the text is named."""
    messages = grader.get("input")
    texts = [
        message.get("content")
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict)
    ]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise NotRunHere("a judge needs a list of messages with text")
    whole = _OUTPUT_MARK.sub("(the reply)", "\n\n".join(str(text) for text in texts))
    if _SAMPLE.search(whole) or computes(whole):
        raise NotRunHere("a judge sees the reply and values of the item here, and nothing else")
    return from_item(whole)


_CHECKS: Final[dict[str, Callable[[Mapping[str, Any]], Check]]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "python": _python,
    "label_model": _label_model,
    "score_model": _score_model,
}


def grader_from(check: Mapping[str, Any], number: int) -> Grader | None:
    """Return the grader that grades the same, or None if OpenAI has none.

    Without a metric, its name has the `number`.
    """
    if check.get("weight", 1) != 1:
        return None
    if check.get("kind") == FOREIGN:
        original = check["kept"].get(OPENAI)
        return original if isinstance(original, dict) else None
    grader = _grader_of(check)
    return {"name": check.get("metric") or f"check_{number}", **grader} if grader else None


def _grader_of(check: Mapping[str, Any]) -> Grader | None:
    params = {name: value for name, value in check.items() if name not in ("metric", "weight")}
    threshold = {"pass_threshold": params.pop("threshold")} if "threshold" in params else {}
    match params:
        case {"kind": "equals", "value": str(value), **rest} if rest in ({}, {"not": True}):
            return _string_grader("ne" if rest else "eq", value)
        case {"kind": "contains_any", "values": [str(value)], **rest} if rest in (
            {},
            {"ignore_case": True},
        ):
            return _string_grader("ilike" if rest else "like", value)
        case {"kind": "similar", "value": str(value), **rest} if not rest and threshold:
            given = {"input": "{{sample.output_text}}", "reference": to_item(value)}
            return {"type": "text_similarity", **given, "evaluation_metric": "cosine", **threshold}
        case {"kind": "python", "code": str(code), **rest} if not rest and code.endswith(_AS_THERE):
            source = code.removesuffix(f"\n{_AS_THERE}")
            return {"type": "python", "source": source, **threshold}
    return None


def _string_grader(operation: str, value: str) -> Grader:
    given = {"input": "{{sample.output_text}}", "reference": to_item(value)}
    return {"type": "string_check", **given, "operation": operation}
