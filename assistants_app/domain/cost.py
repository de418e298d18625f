"""What tokens cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens; prompt tokens that the provider had cached cost `cached`."""

    prompt: Decimal
    cached: Decimal
    completion: Decimal

    def of(self, usage: Mapping[str, int]) -> Decimal:
        """Dollars for the tokens of a usage; counts that it does not name are zero."""
        cached = min(usage.get("cached_tokens", 0), usage.get("prompt_tokens", 0))
        return (
            (usage.get("prompt_tokens", 0) - cached) * self.prompt
            + cached * self.cached
            + usage.get("completion_tokens", 0) * self.completion
        ) / MILLION
