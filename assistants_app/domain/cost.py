"""Prices of tokens, and OpenAI's list prices for projects that want to use them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in dollars per million tokens. `cached` is for prompt tokens from the cache."""

    prompt: Decimal
    cached: Decimal
    completion: Decimal

    def of(self, usage: Mapping[str, int]) -> Decimal:
        """Return what the tokens of `usage` cost, in dollars. Missing counts are zero."""
        # Cached tokens are among the prompt tokens, so no more than those can be cached.
        cached = min(usage.get("cached_tokens", 0), usage.get("prompt_tokens", 0))
        return (
            (usage.get("prompt_tokens", 0) - cached) * self.prompt
            + cached * self.cached
            + usage.get("completion_tokens", 0) * self.completion
        ) / MILLION


# The day on which the prices below were last compared with published ones.
KNOWN_ON = date(2026, 8, 5)

# Dollars per million tokens: prompt, cached prompt, completion. Where OpenAI gives no discount for
# cached tokens, they cost as much as others.
_LISTED = {
    "gpt-5.5": ("5", "0.5", "30"),
    "gpt-5.5-pro": ("30", "30", "180"),
    "gpt-5.4": ("2.5", "0.25", "15"),
    "gpt-5.4-mini": ("0.75", "0.075", "4.5"),
    "gpt-5.4-nano": ("0.2", "0.02", "1.25"),
    "gpt-5.4-pro": ("30", "30", "180"),
    "gpt-5.2": ("1.75", "0.175", "14"),
    "gpt-5.2-pro": ("21", "21", "168"),
    "gpt-5.1": ("1.25", "0.125", "10"),
    "gpt-5": ("1.25", "0.125", "10"),
    "gpt-5-mini": ("0.25", "0.025", "2"),
    "gpt-5-nano": ("0.05", "0.005", "0.4"),
    "gpt-5-pro": ("15", "15", "120"),
    "gpt-4.1": ("2", "0.5", "8"),
    "gpt-4.1-mini": ("0.4", "0.1", "1.6"),
    "gpt-4.1-nano": ("0.1", "0.025", "0.4"),
    "gpt-4o": ("2.5", "1.25", "10"),
    "gpt-4o-2024-05-13": ("5", "5", "15"),
    "gpt-4o-mini": ("0.15", "0.075", "0.6"),
    "gpt-4-turbo": ("10", "10", "30"),
    "gpt-4": ("30", "30", "60"),
    "gpt-3.5-turbo": ("0.5", "0.5", "1.5"),
    "o1": ("15", "7.5", "60"),
    "o1-mini": ("1.1", "0.55", "4.4"),
    "o1-pro": ("150", "150", "600"),
    "o3": ("2", "0.5", "8"),
    "o3-mini": ("1.1", "0.55", "4.4"),
    "o3-pro": ("20", "20", "80"),
    "o4-mini": ("1.1", "0.275", "4.4"),
}
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def known_price(model: str) -> Price | None:
    """Return the list price of a model or of a dated snapshot of it, or None."""
    listed = _LISTED.get(model) or _LISTED.get(_SNAPSHOT.sub("", model))
    return Price(*map(Decimal, listed)) if listed else None
