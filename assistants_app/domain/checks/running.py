"""Run a check and say whether the reply passes it."""

from collections.abc import Callable, Mapping
from typing import Any

from assistants_app.domain.checks import evidence, figures, json_replies, texts, tool_use
from assistants_app.domain.checks.check import (
    ERROR,
    FAILED,
    NOT_RUN,
    PASSED,
    Check,
    CheckError,
    Finding,
    NotRunHere,
    Outcome,
    found,
)
from assistants_app.domain.checks.kinds import FOREIGN, KINDS, SIMILAR, needs_of
from assistants_app.domain.checks.likeness import (
    COMPARED,
    LETTERS,
    letter_likeness,
    word_likeness,
)
from assistants_app.domain.checks.refusals import refusal_in
from assistants_app.domain.checks.sample import Sample

Item = Mapping[str, Any]
# Finds out what a check asks for. Raises CheckError and NotRunHere.
Finder = Callable[[Mapping[str, Any], Sample, Item], Finding]


def _similar(params: Mapping[str, Any], sample: Sample, item: Item) -> Finding:
    wanted = texts.filled_text(params["value"], item)
    by = params["by"]
    likeness = letter_likeness if by == LETTERS else word_likeness
    score = likeness(sample.text.strip(), wanted.strip())
    cut = by == LETTERS and max(len(wanted), len(sample.text)) > COMPARED
    only = f" Only the first {COMPARED:,} characters were compared." if cut else ""
    return Finding(score, f"The {by} of the reply are {score:.0%} the same.{only}")


def _refusal(_params: Mapping[str, Any], sample: Sample, _item: Item) -> Finding:
    if sample.refusal:
        return Finding(1.0, "The model marked its reply as a refusal.")
    phrase = refusal_in(sample.text)
    return found(bool(phrase), f"The reply refuses: {texts.quoted(phrase)}.", "No refusal.")


def _foreign(params: Mapping[str, Any], _sample: Sample, _item: Item) -> Finding:
    reason = params["kept"].get("reason")
    why = f": {reason.strip().rstrip('.')}" if isinstance(reason, str) and reason.strip() else ""
    raise NotRunHere(f"Not run here{why}. The check is kept for exports.")


_FINDERS: Mapping[str, Finder] = {
    "equals": texts.equals,
    "contains_any": texts.contains_any,
    "contains_all": texts.contains_all,
    "starts_with": texts.starts_with,
    "regex": texts.regex,
    SIMILAR: _similar,
    "refusal": _refusal,
    "length": texts.length,
    "is_json": json_replies.is_json,
    "json_schema": json_replies.json_schema,
    "json_path": json_replies.json_path,
    "tool_called": tool_use.tool_called,
    "tool_arguments": tool_use.tool_arguments,
    "tool_order": tool_use.tool_order,
    "cites": evidence.cites,
    "code_ran": evidence.code_ran,
    "file_made": evidence.file_made,
    "cost": figures.cost,
    "tokens": figures.tokens,
    "first_token": figures.first_token,
    "duration": figures.duration,
    FOREIGN: _foreign,
}


def is_deterministic(check: Check) -> bool:
    """Return whether the check needs nothing but the reply, so that :func:`run_check` runs it."""
    return not needs_of(check.kind, check.params)


def run_check(check: Check, sample: Sample, item: Item) -> Outcome:
    """Run a deterministic check on a reply to a row. Never raises for what is in either."""
    return outcome_of(check, sample, lambda: _FINDERS[check.kind](check.params, sample, item))


def outcome_of(check: Check, sample: Sample, find: Callable[[], Finding]) -> Outcome:
    """Return what the check comes to with the finding that `find` returns."""
    if sample.error:
        # A fault of the provider says nothing about the assistant.
        return Outcome(ERROR, None, f"The run didn't complete: {sample.error}")
    try:
        finding = find()
    except NotRunHere as reason:
        return Outcome(NOT_RUN, None, str(reason))
    except CheckError as error:
        return Outcome(ERROR, None, str(error))
    if check.threshold is None and finding.passes is not None:
        holds = finding.passes
    else:
        own = KINDS[check.kind].threshold or 1.0
        holds = finding.score >= (own if check.threshold is None else check.threshold)
    score = 1 - finding.score if check.negated else finding.score
    state = PASSED if holds is not check.negated else FAILED
    return Outcome(state, score, finding.reason, finding.details)
