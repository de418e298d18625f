"""The page "Limits and prices"."""

from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assistants_app import conf
from assistants_app.domain.money.list_prices import KNOWN_ON
from assistants_app.domain.money.prices import Price, known_price
from assistants_app.models import Membership, ModelEndpoint, ModelPrice, Run, UsageLimit
from assistants_app.queries.project.prices import dated_prices
from assistants_app.services.project.projects import create_api_key
from tests.cast import Cast, make_run
from tests.web.pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

FAR = "https://models.example.com/v1"


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


def page_of(client: Client, cast: Cast, **query: str) -> str:
    answer = client.get(url(cast, "limits"), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_price_may_be_for_one_endpoint_from_a_day_on(cast: Cast, client: Client) -> None:
    ModelEndpoint.objects.create(project=cast.project, name="Far away", base_url=FAR)
    price = {"model": "m", "prompt": "1", "cached": "", "completion": "2"}
    for more in ({}, {"base_url": FAR}, {"base_url": FAR, "valid_from": "2027-01-01"}):
        assert client.post(url(cast, "save_price"), {**price, **more}).status_code == 302
    assert [
        (row.base_url, row.valid_from.isoformat()) for row in dated_prices(cast.project.id)
    ] == [
        ("", "1970-01-01"),
        (FAR, "1970-01-01"),
        (FAR, "2027-01-01"),
    ]
    page = page_of(client, cast)
    for told in ("Far away", ">2027-01-01<", "always", "any"):
        assert told in page
    gone = {"model": "m", "base_url": FAR, "valid_from": "2027-01-01"}
    client.post(url(cast, "remove_price"), gone)
    assert client.post(url(cast, "remove_price"), gone).status_code == 404
    assert len(dated_prices(cast.project.id)) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("base_url", "https://elsewhere.example/v1"), ("base_url", "x")),
        *(("valid_from", "soon"), ("valid_from", "2026-W05-6"), ("valid_from", "20260131")),
    ],
)
def test_a_price_is_for_an_endpoint_of_the_project_and_a_day(
    cast: Cast, client: Client, field: str, value: str
) -> None:
    price = {"model": "m", "prompt": "1", "cached": "", "completion": "2", field: value}
    answer = client.post(url(cast, "save_price"), price)
    assert answer.status_code == 422
    assert f'id="e-p-{field}"' in answer.content.decode()
    assert not dated_prices(cast.project.id)


def test_limits_are_saved_and_shown_with_what_is_used(cast: Cast, client: Client) -> None:
    run = make_run(
        cast.project, cast.thread, cast.assistant, status="completed", usage={"prompt_tokens": 1500}
    )
    Run.objects.filter(pk=run.pk).update(cost=Decimal("2.5"))
    saved = {"of": "project", "dollars_per_day": "10", "tokens_per_month": "1,000"}
    assert client.post(url(cast, "save_limits"), saved).status_code == 302
    page = page_of(client, cast)
    assert 'value="10.00"' in page
    assert 'value="1000"' in page
    assert "$2.50" in page
    assert "(25 %)" in page
    assert "(100 %)" in page
    assert ">used up<" in page
    assert "Limits saved." in page


def test_keys_and_people_have_limits_of_their_own(cast: Cast, client: Client) -> None:
    [key] = cast.project.api_keys.all()
    for subject in (f"key:{key.id}", f"person:{cast.bob.pk}"):
        saved = {"of": subject, "runs_at_once": "7"}
        answer = client.post(url(cast, "save_limits"), saved)
        assert answer["Location"].endswith(f"?of={subject}#limits")
        page = page_of(client, cast, of=subject)
        assert 'value="7"' in page
        assert f'name="of" value="{subject}"' in page
    assert 'value="7"' not in page_of(client, cast)


@pytest.mark.parametrize("of", ["person:0", "person:x", "person:", "key:", "else", "key"])
def test_a_subject_that_is_not_there_is_not_found(cast: Cast, client: Client, of: str) -> None:
    assert client.get(url(cast, "limits"), {"of": of}).status_code == 404
    saved = {"of": of, "runs_at_once": "1"}
    assert client.post(url(cast, "save_limits"), saved).status_code == 404
    assert not UsageLimit.objects.exists()


def test_a_wrong_limit_is_marked_and_what_was_typed_stays(cast: Cast, client: Client) -> None:
    saved = {"of": "project", "dollars_per_day": "a few", "runs_at_once": "5"}
    answer = client.post(url(cast, "save_limits"), saved)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="a few"' in page
    assert 'value="5"' in page
    assert "Enter a number. Write a point before decimal places" in page


def test_a_limit_above_that_of_the_site_says_so(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_PROJECT", 1200)
    monkeypatch.setattr(conf, "RATE_LIMIT_REQUESTS_PER_MINUTE", 0)
    saved = {"of": "project", "runs_at_once": "1200", "requests_per_minute": "9999999"}
    client.post(url(cast, "save_limits"), saved)
    note = "operator's limit of 1,200 is lower"
    assert note not in page_of(client, cast).replace("&#x27;", "'")
    client.post(url(cast, "save_limits"), {"of": "project", "runs_at_once": "1201"})
    assert note in page_of(client, cast).replace("&#x27;", "'")


def test_a_lone_owner_sees_no_people(cast: Cast, client: Client) -> None:
    assert "Person" in page_of(client, cast)
    cast.project.memberships.exclude(user=cast.alice).delete()
    assert "Person" not in page_of(client, cast)


def test_an_editor_reads_but_changes_nothing(cast: Cast) -> None:
    bob = signed_in(cast.bob)
    page = page_of(bob, cast)
    assert "Only owners of this project can change limits." in page
    assert ">Save limits<" not in page
    for name in ("save_limits", "save_price", "remove_price", "use_known_prices"):
        assert bob.post(url(cast, name), {"of": "project", "model": "m"}).status_code == 403
    assert signed_in(cast.vera).get(url(cast, "limits")).status_code == 403


def test_the_page_takes_a_fixed_number_of_queries(cast: Cast, client: Client) -> None:
    counts = []
    for number in range(3):
        page_of(client, cast)
        with CaptureQueriesContext(connection) as captured:
            page_of(client, cast)
        counts.append(len(captured))
        for each in range(10):
            create_api_key(project=cast.project, name=f"{number} {each}")
            user = User.objects.create_user(f"{number}-{each}")
            Membership.objects.create(project=cast.project, user=user)
    assert len(set(counts)) == 1
