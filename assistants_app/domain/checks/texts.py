"""Checks of the text of a reply: equal, contained, matched, and its length."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistants_app.domain.checks.check import CheckError, Finding, found
from assistants_app.domain.checks.filling import as_text, fill, fill_text
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.schemas.json_values import json_within, same
from assistants_app.domain.schemas.patterns import PatternRefused, is_match
from assistants_app.domain.words.tokens import composed

Params = Mapping[str, Any]
Item = Mapping[str, Any]
QUOTED = 60  # characters of a text in a reason


def quoted(text: str) -> str:
    """Return the start of a text in quotation marks, in one line."""
    line = " ".join(text.split())
    return f"“{line[:QUOTED]}…”" if len(line) > QUOTED else f"“{line}”"


def equals(params: Params, sample: Sample, item: Item) -> Finding:
    """Compare the whole reply, without spaces around it. Objects and numbers compare as JSON."""
    wanted = fill(params["value"], item)
    if isinstance(wanted, str):
        fold = _folding(params)
        holds = fold(sample.text.strip()) == fold(wanted.strip())
    else:
        holds = _is_json(sample.text, wanted)
    shown = quoted(wanted) if isinstance(wanted, str) else "the expected JSON"
    return found(holds, f"The reply is {shown}.", f"The reply isn't {shown}.")


def _is_json(text: str, wanted: Any) -> bool:
    try:
        return same(json_within(text), wanted)
    except ValueError:
        return False


def contains_any(params: Params, sample: Sample, item: Item) -> Finding:
    """Look for one of the texts."""
    wanted = _texts(params, item)
    fold = _folding(params)
    text = fold(sample.text)
    first = next((each for each in wanted if fold(each) in text), None)
    none = f"The reply contains none of {_listed(wanted)}."
    return found(first is not None, f"The reply contains {quoted(first or '')}.", none)


def contains_all(params: Params, sample: Sample, item: Item) -> Finding:
    """Look for all of the texts."""
    wanted = _texts(params, item)
    fold = _folding(params)
    text = fold(sample.text)
    missing = [each for each in wanted if fold(each) not in text]
    return found(
        not missing,
        f"The reply contains {_listed(wanted)}.",
        f"The reply doesn't contain {_listed(missing)}.",
        missing=missing,
    )


def starts_with(params: Params, sample: Sample, item: Item) -> Finding:
    """Look at the start of the reply, after spaces."""
    wanted = filled_text(params["value"], item)
    fold = _folding(params)
    holds = fold(sample.text.strip()).startswith(fold(wanted.strip()))
    shown = quoted(wanted)
    return found(holds, f"The reply starts with {shown}.", f"The reply doesn't start with {shown}.")


def regex(params: Params, sample: Sample, item: Item) -> Finding:
    """Search the reply for a pattern. Values of the row match literally."""
    pattern = fill_text(params["pattern"], item, re.escape)
    if params.get("ignore_case"):
        pattern = f"(?i){pattern}"
    try:
        holds = is_match(pattern, sample.text)
    except PatternRefused as refused:
        raise CheckError(str(refused)) from None
    return found(
        holds,
        f"The reply matches {quoted(pattern)}.",
        f"The reply doesn't match {quoted(pattern)}.",
    )


UNITS = ("characters", "words", "lines")


def length(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the reply's length with limits."""
    text = sample.text.strip()
    unit = params.get("unit", UNITS[0])
    size = {
        "characters": len(text),
        "words": len(text.split()),
        "lines": len(text.splitlines()),
    }[unit]
    reason = f"The reply has {size:,} {unit if size != 1 else unit[:-1]}."
    return Finding(float(within(size, params)), reason, {"value": size})


def within(value: float, limits: Params) -> bool:
    """Return whether the value is between the limits `least` and `most`, if they are set."""
    least, most = limits.get("least"), limits.get("most")
    return (least is None or value >= least) and (most is None or value <= most)


def filled_text(value: str, item: Item) -> str:
    """Return the text with the row's values. Raises :class:`CheckError` if nothing is left."""
    return _not_empty(as_text(fill(value, item)))


def _not_empty(text: str) -> str:
    if not text.strip():
        # Every reply contains an empty text, so the check would pass for all of them.
        raise CheckError("The text to look for is empty in this row. Add it, or drop the check.")
    return text


def _texts(params: Params, item: Item) -> list[str]:
    # A mark alone may stand for a list in the row.
    filled = [fill(value, item) for value in params["values"]]
    flat = [text for value in filled for text in (value if isinstance(value, list) else [value])]
    if not flat:
        raise CheckError("The list to look for is empty in this row. Add it, or drop the check.")
    return [_not_empty(as_text(value)) for value in flat]


def _listed(texts: Sequence[str]) -> str:
    shown = [quoted(text) for text in texts[:5]]
    more = len(texts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _folding(params: Params) -> Callable[[str], str]:
    if params.get("ignore_case"):
        return lambda text: composed(text).casefold()
    return composed
