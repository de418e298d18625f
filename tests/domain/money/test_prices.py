"""Costs are exact, and cached tokens have their own price."""

from decimal import Decimal

from assistants_app.domain.money.prices import Price

PRICE = Price(prompt=Decimal("2.50"), cached=Decimal("1.25"), completion=Decimal("10"))


def test_each_kind_of_token_has_its_price() -> None:
    usage = {"prompt_tokens": 1_000_000, "cached_tokens": 400_000, "completion_tokens": 100_000}
    assert PRICE.of(usage) == Decimal("3.00")


def test_small_runs_cost_fractions_of_a_cent() -> None:
    assert PRICE.of({"prompt_tokens": 10, "completion_tokens": 5}) == Decimal("0.000075")


def test_nothing_costs_nothing() -> None:
    assert PRICE.of({}) == 0
