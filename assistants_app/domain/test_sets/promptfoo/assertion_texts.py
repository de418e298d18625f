"""Checks in one line each, such as ``contains: Paris``, as in promptfoo's CSV files."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.promptfoo.assertions import NotRunHere, check_of
from assistants_app.domain.test_sets.promptfoo.checks import assertion_from

_LEGACY: Final = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}
_TYPES: Final = (
    *("equals", "contains", "contains-any", "contains-all", "icontains", "icontains-any"),
    *("icontains-all", "starts-with", "regex", "is-json", "contains-json", "is-xml"),
    *("contains-xml", "is-html", "contains-html", "is-sql", "contains-sql", "similar"),
    *("is-refusal", "word-count", "cost", "latency", "llm-rubric", "factuality"),
    *("model-graded-closedqa", "model-graded-factuality", "python", "javascript", "webhook"),
    *("levenshtein", "rouge-n", "bleu", "gleu", "meteor", "perplexity", "perplexity-score"),
    *("classifier", "moderation", "g-eval", "answer-relevance", "context-faithfulness"),
    *("context-recall", "context-relevance", "select-best", "finish-reason", "guardrails"),
    *("is-valid-function-call", "is-valid-openai-function-call", "is-valid-openai-tools-call"),
    *("tool-call-f1", "trajectory:tool-used", "trajectory:tool-sequence", "pi", "max-score"),
    *_LEGACY,
)
_FORM: Final = re.compile(
    rf"(not-)?({'|'.join(sorted(map(re.escape, _TYPES), key=len, reverse=True))})"
    r"(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?"
)
_LISTS: Final = ("contains-any", "contains-all", "icontains-any", "icontains-all")
_BY_THRESHOLD: Final = ("cost", "latency")
_WITH_THRESHOLD: Final = (
    *(*_BY_THRESHOLD, "similar", "levenshtein", "rouge-n", "perplexity", "perplexity-score"),
    *("answer-relevance", "classifier", "context-faithfulness", "context-recall"),
    "context-relevance",
)
_OWN: Final = "check:"


def assertion_of(text: str) -> dict[str, Any]:
    """Return the assertion in a line. Without a type, the reply has to equal the text."""
    if text.startswith("file://"):
        # Its type depends on the file's, which is never read.
        kind = "python" if re.search(r"\.py(:|$)", text) else "javascript"
        return {"type": kind, "value": text}
    match = _FORM.fullmatch(text)
    if match is None:
        return {"type": "equals", "value": text}
    negated, kind, threshold, value = match.groups()
    kind = _LEGACY.get(kind, kind)
    value = (value or "").strip()
    made: dict[str, Any] = {"type": f"{negated or ''}{kind}"}
    if kind in _LISTS:
        made["value"] = [part.strip() for part in value.split(",")]
    elif kind in _BY_THRESHOLD and not threshold:
        made["threshold"] = _number(value)
    elif kind == "is-json" and value.startswith("{"):
        made["value"] = _json(value)
    elif kind == "word-count":
        made["value"] = _json(value) if value.startswith("{") else int(_number(value))
    elif value:
        made["value"] = value
    if threshold:
        made["threshold"] = float(threshold)
    elif kind == "similar":
        made["threshold"] = 0.8
    return made


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRequest(f"'{value[:40]}' isn't a number.")
    return int(number) if number.is_integer() else number


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"'{value[:40]}' isn't valid JSON: {error}.") from None


def text_of(assertion: Mapping[str, Any]) -> str | None:
    """Return the line that :func:`assertion_of` reads as this assertion, or None without any."""
    kind, value = str(assertion.get("type", "")), assertion.get("value")
    threshold = f"({assertion['threshold']})" if "threshold" in assertion else ""
    if kind.removeprefix("not-") in _BY_THRESHOLD:
        # A threshold after a colon is something that we read, but promptfoo doesn't.
        text = f"{kind}{threshold}"
    elif isinstance(value, list):
        text = f"{kind}{threshold}:{','.join(map(str, value))}"
    elif isinstance(value, dict):
        text = f"{kind}{threshold}:{json.dumps(value, ensure_ascii=False)}"
    else:
        text = f"{kind}{threshold}" + (f":{value}" if value is not None else "")
    try:
        return text if assertion_of(text) == assertion else None
    except InvalidRequest:
        return None


def cell_of(assertion: Mapping[str, Any]) -> str:
    """Return the cell of a CSV file that promptfoo reads as this assertion, or "" without any."""
    kind = str(assertion.get("type", "")).removeprefix("not-")
    # Of other types it drops the threshold, and it takes a number of words for text.
    if kind == "word-count" or ("threshold" in assertion and kind not in _WITH_THRESHOLD):
        return ""
    return text_of(assertion) or ""


def check_line(check: Mapping[str, Any]) -> str:
    """Return a check in one line, as people edit it."""
    assertion = assertion_from(check)
    line = text_of(assertion) if assertion else None
    if line is None or "\n" in line:
        return _OWN + json.dumps(check, ensure_ascii=False)
    return line


def check_in_line(line: str) -> dict[str, Any]:
    """Return the check that somebody has written in a line. Raises :class:`InvalidRequest`."""
    text = line.strip()
    if text.startswith(_OWN):
        check = _json(text.removeprefix(_OWN))
        if not isinstance(check, dict) or not isinstance(check.get("kind"), str):
            raise InvalidRequest("A check as JSON must be an object with a 'kind'.")
        return check
    try:
        return check_of(assertion_of(text))
    except NotRunHere as reason:
        raise InvalidRequest(f"'{text[:60]}': {reason}.") from None
