"""Prices of tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
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
