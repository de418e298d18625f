"""What ended without a cost gets one: once, in batches, by the price of that day."""

from decimal import Decimal

import pytest

from assistants_app import conf
from assistants_app.models import DirectCall, ModelPrice, Run
from assistants_app.services.money import late_costs
from assistants_app.services.project.prices import set_price
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all

USAGE = {"prompt_tokens": 1000, "cached_tokens": 5000, "completion_tokens": 100}


def old_run(cast: Cast, **columns: object) -> Run:
    values = {"status": "completed", "model": "old", "usage": USAGE, **columns}
    return make_run(cast.project, cast.thread, cast.assistant, **values)


def priced(cast: Cast, model: str = "old", dollars: str = "2") -> None:
    given = {"prompt": dollars, "cached": "1", "completion": "10"}
    set_price(project=cast.project, model=model, **given)


def costs(cast: Cast) -> list[tuple[Decimal | None, str, bool]]:
    rows = Run.objects.filter(project=cast.project).exclude(pk=cast.run.pk).order_by("pk")
    return list(rows.values_list("cost", "cost_origin", "cost_estimated"))


def test_old_rows_get_todays_price_once(cast: Cast) -> None:
    priced(cast)
    run = old_run(cast)
    old_run(cast, usage={})
    old_run(cast, status="in_progress")
    call = DirectCall.objects.create(
        project=cast.project,
        api_key_id="",
        kind="embeddings",
        model="old",
        created_at=run.created_at,
        ended_at=run.created_at,
        usage={"prompt_tokens": 1000},
    )
    settle_all()
    # All prompt tokens come from the cache, whatever more the provider has said.
    assert costs(cast) == [
        (Decimal("0.002"), "set", True),
        (Decimal(0), "unused", False),
        (None, "", False),
    ]
    call.refresh_from_db()
    assert (call.cost, call.cost_origin, call.cost_estimated) == (Decimal("0.002"), "set", True)
    run.refresh_from_db()
    assert run.known_price
    assert run.known_price.of(USAGE) == run.cost
    priced(cast, dollars="9")
    settle_all()
    assert costs(cast)[0] == (Decimal("0.002"), "set", True)


def test_rows_are_settled_in_batches(cast: Cast) -> None:
    cast.run.delete()
    for _ in range(5):
        old_run(cast)
    assert [late_costs.settle("run", limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_model_that_gets_a_price_late_has_its_runs_settled_again(cast: Cast) -> None:
    for _ in range(3):
        old_run(cast)
    old_run(cast, model="other")
    settle_all()
    assert {origin for _, origin, _ in costs(cast)} == {"none"}
    priced(cast)
    assert late_costs.apply_new_prices(limit=2) == 2
    assert not ModelPrice.objects.get().is_applied
    settle_all()
    assert ModelPrice.objects.get().is_applied
    assert [origin for _, origin, _ in costs(cast)] == ["set", "set", "set", "none"]


@pytest.mark.parametrize(
    ("base_url", "model", "origin"),
    [
        ("http://127.0.0.1:1/v1", "old", "free"),
        ("http://ollama:11434/v1", "old", "free"),
        ("http://192.168.7.7/v1", "old", "free"),
        ("http://[::1]:1/v1", "old", "free"),
        ("https://api.openai.com/v1", "gpt-4o", "listed"),
        ("https://api.openai.com/v1", "unheard-of", "dearest"),
        ("https://api.openai.com.evil.example/v1", "gpt-4o", "none"),
        ("https://models.example.com/v1", "gpt-4o", "none"),
    ],
)
def test_the_price_is_that_of_the_endpoint_which_would_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, base_url: str, model: str, origin: str
) -> None:
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", base_url)
    monkeypatch.setattr(conf, "OPENAI_API_KEY", "key")
    old_run(cast, model=model)
    settle_all()
    assert [found for _, found, _ in costs(cast)] == [origin]
