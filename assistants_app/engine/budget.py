"""How many tokens a run may still spend: of its own limits and of its model's context."""

from assistants_app import conf
from assistants_app.models import Run

REPLY_SHARE = 0.25  # of the context, kept free for the reply
REPLY_MOST = 4096


def completion_left(run: Run) -> int | None:
    """Tokens that the run may still write, None for no limit; 0 or less means it is spent."""
    if run.max_completion_tokens is None:
        return None
    return run.max_completion_tokens - int(run.usage.get("completion_tokens", 0))


def prompt_left(run: Run) -> int | None:
    """Tokens that the run may still read, None for no limit; 0 or less means it is spent."""
    if run.max_prompt_tokens is None:
        return None
    return run.max_prompt_tokens - int(run.usage.get("prompt_tokens", 0))


def prompt_budget(run: Run, context_window: int | None) -> int:
    """Tokens that the next prompt may have."""
    window = context_window or conf.DEFAULT_CONTEXT_TOKENS
    fits = window - min(int(window * REPLY_SHARE), REPLY_MOST)
    left = prompt_left(run)
    return fits if left is None else min(fits, left)
