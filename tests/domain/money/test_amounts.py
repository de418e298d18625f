"""Amounts and counts, as people type them."""

from decimal import Decimal

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.money.amounts import read_count, read_dollars

MOST = Decimal(100_000)


@pytest.mark.parametrize(
    ("typed", "dollars"),
    [
        *((" 7 ", "7"), ("7.50", "7.5"), ("$7.50", "7.5"), ("$ 7", "7"), (".5", "0.5"), ("0", "0")),
        *(("1,000.50", "1000.5"), ("1,000", "1000"), ("100,000", "100000"), ("007", "7")),
    ],
)
def test_dollars(typed: str, dollars: str) -> None:
    assert read_dollars(typed, most=MOST, places=2, param="d") == Decimal(dollars)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        *(
            (text, "commas only between thousands")
            for text in ("7,50", "1,5", "1.000,50", "1,00,0")
        ),
        *(
            (text, "Enter a number.")
            for text in ("7e2", "٧", "７", "-1", "+1", "1_000", "NaN", "ten")
        ),
        *(
            (text, "Enter a number.")
            for text in ("7.", ".", ",", "$", "1 000", "7 $", "1,0000", ",1")
        ),
        *((text, "at most 2 decimal places") for text in ("1.000", "0.001")),
        *((text, "Enter $100,000 or less.") for text in ("100,000.01", "1" * 3000)),
    ],
)
def test_dollars_that_could_be_misread_are_refused(typed: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_dollars(typed, most=MOST, places=2, param="d")
    assert says in refused.value.message
    assert refused.value.param == "d"


@pytest.mark.parametrize(("typed", "count"), [(" 7 ", 7), ("1,000", 1000), ("1000", 1000)])
def test_counts(typed: str, count: int) -> None:
    assert read_count(typed, most=1000, param="n") == count


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        *((text, "Enter a whole number. Write commas") for text in ("1,5", "٣", "7e2", "-1", "$7")),
        ("1.5", "Enter a number with no decimal places."),
        *((text, "Enter a whole number from 1 to 1,000.") for text in ("0", "1001", "9" * 5000)),
    ],
)
def test_counts_that_could_be_misread_are_refused(typed: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_count(typed, most=1000, param="n")
    assert says in refused.value.message


def test_an_empty_field_is_no_amount() -> None:
    assert read_dollars("  ", most=MOST, places=2, param="d") is None
    assert read_count("", most=1, param="n") is None
