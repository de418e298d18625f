"""How many tokens a run may still use, by its own limits and by its model's context window."""

from assistants_app import conf
from assistants_app.models import Run

# Kept free for the reply: a quarter of the context window, up to this number of tokens.
REPLY_SHARE = 0.25
MOST_REPLY_TOKENS = 4096


def completion_left(run: Run) -> int | None:
    """Return how many tokens the run may still write; None means no limit.

    0 or less means that the run has reached ``max_completion_tokens``.
    """
    if run.max_completion_tokens is None:
        return None
    return run.max_completion_tokens - int(run.usage.get("completion_tokens", 0))


def prompt_left(run: Run) -> int | None:
    """Return how many tokens the run may still read; None means no limit.

    0 or less means that the run has reached ``max_prompt_tokens``.
    """
    if run.max_prompt_tokens is None:
        return None
    return run.max_prompt_tokens - int(run.usage.get("prompt_tokens", 0))


def prompt_budget(run: Run, context_window: int | None) -> int:
    """Return how many tokens the next prompt may have.

    `context_window` is the model's, or None if it is unknown.
    """
    window = context_window or conf.DEFAULT_CONTEXT_TOKENS
    fits = window - min(int(window * REPLY_SHARE), MOST_REPLY_TOKENS)
    left = prompt_left(run)
    return fits if left is None else min(fits, left)
