"""Checks of what a reply took: cost, tokens and time."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain.checks.check import CheckError, Finding
from assistants_app.domain.checks.sample import Sample

Params = Mapping[str, Any]
Item = Mapping[str, Any]
COUNTS = ("total", "prompt", "completion")


def cost(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the cost in dollars."""
    if sample.cost is None:
        raise CheckError("The model has no price. Add one in the project's settings.")
    return _at_most(sample.cost, params, f"The reply cost ${sample.cost:.6f}.")


def tokens(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the number of tokens."""
    of = params.get("of", COUNTS[0])
    prompt = sample.usage.get("prompt_tokens", 0)
    completion = sample.usage.get("completion_tokens", 0)
    used = {"prompt": prompt, "completion": completion, "total": prompt + completion}[of]
    kind = "" if of == COUNTS[0] else f"{of} "
    return _at_most(used, params, f"The reply took {used:,} {kind}tokens.")


def first_token(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the seconds until the first token."""
    seconds = sample.first_token_seconds
    if seconds is None:
        raise CheckError("The run has no time of a first token.")
    return _at_most(seconds, params, f"The first token came after {seconds:.2f} s.")


def duration(params: Params, sample: Sample, _item: Item) -> Finding:
    """Compare the seconds until the end of the reply."""
    seconds = sample.duration_seconds
    if seconds is None:
        raise CheckError("The run has no duration, because it hasn't ended.")
    return _at_most(seconds, params, f"The reply took {seconds:.2f} s.")


def _at_most(value: float, params: Params, reason: str) -> Finding:
    return Finding(float(value <= params["most"]), reason, {"value": value})
