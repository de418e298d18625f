"""Costs are exact, and each request has the price of its model, endpoint and day."""

from datetime import date
from decimal import Decimal

import pytest

from assistants_app.domain.money.prices import (
    SINCE_EVER,
    DatedPrice,
    Place,
    Price,
    Tariff,
    known_price,
    price_from,
    tariff_of,
)

PRICE = Price(prompt=Decimal("2.50"), cached=Decimal("1.25"), completion=Decimal("10"))


def test_each_kind_of_token_has_its_price() -> None:
    usage = {"prompt_tokens": 1_000_000, "cached_tokens": 400_000, "completion_tokens": 100_000}
    assert PRICE.of(usage) == Decimal("3.00")


def test_small_runs_cost_fractions_of_a_cent() -> None:
    assert PRICE.of({"prompt_tokens": 10, "completion_tokens": 5}) == Decimal("0.000075")


def test_nothing_costs_nothing() -> None:
    assert PRICE.of({}) == 0


TODAY = date(2026, 12, 1)
HERE = Place("http://localhost:1/v1", is_free=True)
VENDOR = Place("https://api.openai.com/v1", is_vendor=True)
OTHER = Place("https://models.example.com/v1")


def price(dollars: str) -> Price:
    return Price(Decimal(dollars), Decimal(dollars), Decimal(dollars))


def dated(model: str, dollars: str, place: Place | None = None, since: str = "") -> DatedPrice:
    day = date.fromisoformat(since) if since else SINCE_EVER
    return DatedPrice(model, price(dollars), place.base_url if place else "", day)


TOMORROWS = dated("m", "3", since="2026-12-02")


@pytest.mark.parametrize(
    ("prices", "place", "model", "found"),
    [
        ([], HERE, "m", Tariff(price("0"), "free")),
        ([dated("m", "1")], HERE, "m", Tariff(price("1"), "set")),
        ([dated("n", "1")], HERE, "m", Tariff(price("0"), "free")),
        ([], VENDOR, "gpt-4o-mini-2024-07-18", Tariff(known_price("gpt-4o-mini", TODAY), "listed")),
        ([dated("gpt-4o", "1")], VENDOR, "gpt-4o", Tariff(price("1"), "set")),
        ([], OTHER, "gpt-4o", Tariff(None, "none")),
        # An endpoint's own price comes before one for any endpoint.
        ([dated("m", "1"), dated("m", "2", OTHER)], OTHER, "m", Tariff(price("2"), "set")),
        ([dated("m", "2", VENDOR)], OTHER, "m", Tariff(None, "none")),
        # The dearest of its own endpoint, not of others.
        (
            [dated("a", "3", OTHER), dated("b", "4"), dated("c", "9", VENDOR)],
            OTHER,
            "m",
            Tariff(price("4"), "dearest"),
        ),
        # It isn't known which endpoint it was.
        ([dated("a", "3")], Place(), "m", Tariff(None, "none")),
        # The newest that applies by now.
        (
            [dated("m", "1"), dated("m", "2", since="2026-12-01"), TOMORROWS],
            OTHER,
            "m",
            Tariff(price("2"), "set"),
        ),
        ([TOMORROWS], OTHER, "m", Tariff(None, "none")),
    ],
)
def test_the_price_depends_on_endpoint_model_and_day(
    prices: list[DatedPrice], place: Place, model: str, found: Tariff
) -> None:
    assert tariff_of(prices, place=place, model=model, day=TODAY) == found


def test_a_new_model_of_the_vendor_costs_the_dearest_of_each_kind() -> None:
    tariff = tariff_of([], place=VENDOR, model="gpt-99", day=TODAY)
    assert tariff == Tariff(Price(Decimal(150), Decimal(150), Decimal(600)), "dearest")


def test_list_prices_change_on_their_days() -> None:
    days = [date(2026, 6, 25), date(2026, 6, 26), date(2026, 7, 29), date(2026, 7, 30)]
    found = [known_price("gpt-5.6-luna", day) for day in days]
    assert [one and one.prompt for one in found] == [None, 1, 1, Decimal("0.2")]


def test_a_price_survives_its_texts() -> None:
    assert PRICE.texts() == ["2.5", "1.25", "10"]
    assert price_from(PRICE.texts()) == PRICE
    assert price_from(None) is None
