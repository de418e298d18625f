"""OpenAI's list prices, with the days from which they apply."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

Listed = tuple[Decimal, Decimal, Decimal]

# The day on which the newest of the prices below was published. All are for standard requests:
# requests with more than 272,000 prompt tokens cost more, and batches less.
KNOWN_ON = date(2026, 9, 22)

# Dollars per million tokens: prompt, cached prompt, completion. Where OpenAI gives no discount for
# cached tokens, they cost as much as others. Compared on 2026-08-05 with OpenAI's page of prices
# (developers.openai.com/api/docs/pricing).
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
    # Embeddings have no completion. Seen on 2026-06-21.
    "text-embedding-3-small": ("0.02", "0.02", "0"),
    "text-embedding-3-large": ("0.13", "0.13", "0"),
    "text-embedding-ada-002": ("0.1", "0.1", "0"),
}
# Prices that have changed, or of models that came later, oldest first. Reports of OpenAI's
# announcements: of 2026-06-26 (GPT-5.6), 2026-07-30 (Terra and Luna become cheaper), 2026-09-03
# (GPT-6 Astra) and 2026-09-22 (GPT-6 Sol and Luna). The discount on GPT-5.6 Sol from 2026-08-21
# was for a limited time, so it's left out.
_SINCE: dict[str, list[tuple[date, tuple[str, str, str]]]] = {
    "gpt-5.6-sol": [(date(2026, 6, 26), ("5", "0.5", "30"))],
    "gpt-5.6-terra": [
        (date(2026, 6, 26), ("2.5", "0.25", "15")),
        (date(2026, 7, 30), ("2", "0.2", "12")),
    ],
    "gpt-5.6-luna": [
        (date(2026, 6, 26), ("1", "0.1", "6")),
        (date(2026, 7, 30), ("0.2", "0.02", "1.2")),
    ],
    "gpt-6-astra": [(date(2026, 9, 3), ("10", "1", "50"))],
    "gpt-6-sol": [(date(2026, 9, 22), ("2", "0.2", "10"))],
    "gpt-6-luna": [(date(2026, 9, 22), ("0.1", "0.01", "0.5"))],
}
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def list_price(model: str, day: date) -> Listed | None:
    """Return the price of a model, or of a dated snapshot of it, on this day, or None."""
    listed = list_prices(day)
    return listed.get(model) or listed.get(_SNAPSHOT.sub("", model))


@lru_cache(maxsize=8)
def list_prices(day: date) -> Mapping[str, Listed]:
    """Return the prices of this day, by model."""
    found = dict(_LISTED)
    for model, changes in _SINCE.items():
        for since, prices in changes:
            if since <= day:
                found[model] = prices
    return {model: _decimals(prices) for model, prices in found.items()}


def _decimals(prices: tuple[str, str, str]) -> Listed:
    prompt, cached, completion = map(Decimal, prices)
    return prompt, cached, completion
