"""Prices of tokens, and which of them applies to a model at an endpoint on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistants_app.domain.money.list_prices import list_price, list_prices

MILLION = Decimal(1_000_000)

# Where the price of a run comes from.
SET = "set"  # by an owner
LISTED = "listed"  # by the vendor
FREE = "free"  # the bundled model, or an endpoint of this machine or a private network
DEAREST = "dearest"  # of the endpoint's prices, because the model has none
NONE = "none"
UNUSED = "unused"  # no model was asked
SINCE_EVER = date(1970, 1, 1)


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

    def texts(self) -> list[str]:
        """Return the three prices as :func:`price_from` reads them."""
        return [
            f"{dollars.normalize():f}" for dollars in (self.prompt, self.cached, self.completion)
        ]


def price_from(texts: Sequence[str] | None) -> Price | None:
    """Return the price that a run has stored, or None if it has none."""
    return Price(*map(Decimal, texts)) if texts else None


NOTHING = Price(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price that an owner has set. It applies from a day on, at any endpoint if `base_url` is
    empty.
    """

    model: str
    price: Price
    base_url: str = ""
    valid_from: date = SINCE_EVER


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is asked: the URL of an endpoint, and what its owner asks for.

    `is_free`: nobody is paid for its tokens. `is_vendor`: its prices are the vendor's.
    """

    base_url: str = ""
    is_free: bool = False
    is_vendor: bool = False


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price that applies, and where it comes from: one of the words above."""

    price: Price | None
    origin: str

    def cost(self, usage: Mapping[str, int]) -> Decimal | None:
        """Return what the tokens cost, or None without a price."""
        if self.origin == UNUSED:
            return Decimal(0)
        return None if self.price is None else self.price.of(usage)


UNUSED_TARIFF = Tariff(None, UNUSED)


def tokens_of(usage: Mapping[str, int]) -> int:
    """Return the number of tokens that a model has read and written."""
    return usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)


def tariff_of(prices: Iterable[DatedPrice], *, place: Place, model: str, day: date) -> Tariff:
    """Return what a model's tokens cost at an endpoint on a day.

    A price that an owner has set comes first: one of this endpoint, then one of any. Then an
    endpoint may be free, or the vendor's. A model without a price costs as much as the dearest
    model of its endpoint, if it is known which that is.
    """
    valid = _valid_prices(prices, place, day)
    for base_url in (place.base_url, ""):
        if found := valid.get((base_url, model)):
            return Tariff(found.price, SET)
    if place.is_free:
        return Tariff(NOTHING, FREE)
    listed = list_prices(day) if place.is_vendor else {}
    if place.is_vendor and (known := list_price(model, day)):
        return Tariff(Price(*known), LISTED)
    others = [one.price for one in valid.values()] + [Price(*one) for one in listed.values()]
    if not others or not place.base_url:
        return Tariff(None, NONE)
    # Of each kind of token the dearest, so that no model of the endpoint costs more.
    return Tariff(
        Price(
            max(one.prompt for one in others),
            max(one.cached for one in others),
            max(one.completion for one in others),
        ),
        DEAREST,
    )


def _valid_prices(
    prices: Iterable[DatedPrice], place: Place, day: date
) -> dict[tuple[str, str], DatedPrice]:
    # The newest of each model that applies at this place on this day.
    newest: dict[tuple[str, str], DatedPrice] = {}
    for one in sorted(prices, key=lambda one: one.valid_from):
        if one.valid_from <= day and one.base_url in ("", place.base_url):
            newest[one.base_url, one.model] = one
    return newest


def known_price(model: str, day: date) -> Price | None:
    """Return OpenAI's list price of a model or of a dated snapshot of it, or None."""
    known = list_price(model, day)
    return Price(*known) if known else None
