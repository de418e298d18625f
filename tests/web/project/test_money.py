"""The page "Limits and prices"."""

from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.money.list_prices import KNOWN_ON
from assistants_app.domain.money.prices import Price, known_price
from assistants_app.models import ModelPrice
from assistants_app.queries.project.prices import dated_prices
from tests.cast import Cast, make_run
from tests.web.pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.alice)


def url(cast: Cast, name: str, *more: str) -> str:
    return reverse(name, args=[cast.project.id, *more])


def prices_of(cast: Cast) -> dict[str, Price]:
    return {row.model: row.price for row in dated_prices(cast.project.id)}


def test_prices_are_kept_by_model(cast: Cast, client: Client) -> None:
    price = {"model": "m", "prompt": "2.50", "cached": "", "completion": "10"}
    client.post(url(cast, "save_price"), price)
    assert prices_of(cast) == {"m": Price(Decimal("2.5"), Decimal("2.5"), Decimal(10))}
    client.post(url(cast, "save_price"), {**price, "cached": "0.000001"})
    assert prices_of(cast)["m"].cached == Decimal("0.000001")
    assert "$0.000001" in client.get(url(cast, "limits")).content.decode()
    client.post(url(cast, "remove_price"), {"model": "m"})
    assert prices_of(cast) == {}


def test_prices_have_cents_and_models_without_one_come_first(cast: Cast, client: Client) -> None:
    make_run(cast.project, cast.thread, cast.assistant, model="acme/large")
    for model, prompt in (("aaa", "2.5"), ("bbb", "0.6"), ("ccc", "0.075"), ("ddd", "3")):
        price = {"model": model, "prompt": prompt, "cached": "", "completion": "10"}
        client.post(url(cast, "save_price"), price)
    page = client.get(url(cast, "limits")).content.decode()
    for shown in ("$2.50<", "$0.60<", "$0.075<", "$3.00<", "$10.00<"):
        assert shown in page
    assert page.index(">acme/large<") < page.index(">aaa<")
    assert 'href="?price=acme%2Flarge#prices"' in page
    filled = client.get(url(cast, "limits"), {"price": "acme/large"}).content.decode()
    assert 'value="acme/large"' in filled


@pytest.mark.parametrize("amount", ["", "-1", "much", "NaN", "1e9", "Infinity"])
def test_a_price_is_a_sensible_number(cast: Cast, client: Client, amount: str) -> None:
    price = {"model": "m", "prompt": "1", "cached": "1", "completion": amount}
    answer = client.post(url(cast, "save_price"), price)
    assert answer.status_code == 422
    assert 'id="e-p-completion"' in answer.content.decode()
    assert prices_of(cast) == {}


def test_limits_are_shown(cast: Cast, client: Client) -> None:
    page = client.get(url(cast, "limits")).content.decode()
    assert "RATE_LIMIT_REQUESTS_PER_MINUTE" in page
    assert "6\xa0bytes of 100.0\xa0GB" in page


def test_list_prices_are_offered_with_their_day(cast: Cast, client: Client) -> None:
    make_run(cast.project, cast.thread, cast.assistant, status="completed", model="gpt-4o")
    make_run(cast.project, cast.thread, cast.assistant, status="completed", model="llama-local")
    ModelPrice.objects.create(
        project=cast.project, model="gpt-4.1", prompt=1, cached=1, completion=1
    )
    day = KNOWN_ON.isoformat()
    day = f'<time datetime="{day}" data-moment="day" title="{day}">{day}</time>'
    page = " ".join(client.get(url(cast, "limits")).content.decode().split())
    assert f"OpenAI's list prices of {day} include gpt-4o." in unescape(page)
    models = ["gpt-4o", "gpt-4.1", "llama-local"]
    client.post(url(cast, "use_known_prices"), {"model": models})
    assert prices_of(cast) == {
        "gpt-4.1": Price(Decimal(1), Decimal(1), Decimal(1)),
        "gpt-4o": Price(Decimal("2.5"), Decimal("1.25"), Decimal(10)),
    }
    page = unescape(client.get(url(cast, "limits")).content.decode())
    assert page.count(f"OpenAI's list price, {day}") == 1
    assert "Use list prices" not in page


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        ("gpt-4o", "2.5"),
        ("gpt-4o-2024-08-06", "2.5"),
        ("gpt-4o-2024-05-13", "5"),
        ("gpt-4.1-nano", "0.1"),
        ("gpt-4o-latest", None),
        ("my-gpt-4o", None),
        ("openai/gpt-4o", None),
        ("", None),
    ],
)
def test_only_exact_names_and_their_snapshots_have_a_list_price(
    model: str, prompt: str | None
) -> None:
    price = known_price(model, KNOWN_ON)
    assert (price and price.prompt) == (prompt and Decimal(prompt))
