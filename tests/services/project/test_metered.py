"""Embeddings, rewritten questions and written functions have a cost and count for limits."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.domain.money.limits import PROJECT, Caller
from assistants_app.gateway.embedders import embed, embedder_of
from assistants_app.gateway.metering import FUNCTION, INDEXING, REWRITING, SEARCH
from assistants_app.models import ApiKey, DirectCall, ModelPrice, VectorStore, VectorStoreFile
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.embeddings import RemoteEmbedder
from assistants_app.queries.people.spending import use_of_days
from assistants_app.queries.project.access import forget_keys
from assistants_app.retrieval.embed import BUNDLED
from assistants_app.services.money import spending
from assistants_app.services.money.known_limits import forget_limits
from assistants_app.services.money.limits import set_limits
from assistants_app.services.project import direct_calls
from assistants_app.services.project.direct_calls import metered
from assistants_app.services.runs.search import search_for_run
from tests.asgi import Client
from tests.cast import Cast
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.services.stores.indexed import TEXT, index_all, make_store
from tests.web.assistants.function_dialogs import WEATHER, Dialog
from tests.web.conftest import plain_static_files

__all__ = ["plain_static_files"]

MODEL = "embedder-1"


@pytest.fixture
def endpoint(
    cast: Cast, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ScriptedProvider]:
    """An endpoint for all models, whose tokens cost a dollar each."""
    monkeypatch.setattr(conf, "EMBEDDING_BASE_URL", provider.base_url)
    monkeypatch.setattr(conf, "EMBEDDING_MODEL", MODEL)
    monkeypatch.setattr(conf, "OPENAI_BASE_URL", provider.base_url)
    monkeypatch.setattr(conf, "INDEX_HEARTBEAT_SECONDS", 1000.0)
    for module in ("services.publishing", "engine.indexing"):
        monkeypatch.setattr(f"assistants_app.{module}.dispatch_indexing", lambda: None)
    for model in (MODEL, "scripted-1"):
        dollars = {"prompt": 10**5, "cached": 10**5, "completion": 10**5}
        ModelPrice.objects.create(project=cast.project, model=model, **dollars)
    embedder_of.cache_clear()
    yield provider
    embedder = embedder_of(MODEL)
    assert isinstance(embedder, RemoteEmbedder)
    embedder.close()
    embedder_of.cache_clear()
    spending.send_counted()


@pytest.fixture
def store(cast: Cast, endpoint: ScriptedProvider) -> VectorStore:
    """A store with an indexed file, whose cost is forgotten."""
    store = make_store(cast, TEXT)
    index_all()
    DirectCall.objects.all().delete()
    endpoint.history.clear()
    return store


def recorded(cast: Cast) -> list[tuple[str, str, int]]:
    """Return what was recorded: its kind, its model, and its dollars."""
    rows = DirectCall.objects.filter(project=cast.project).order_by("pk")
    return [(row.kind, row.model, int((row.cost or 0) * 10)) for row in rows]


def vectors(tokens: int | None = None) -> Reply:
    body: dict[str, Any] = {"data": [{"index": 0, "embedding": [3.0, 4.0, 0.0]}]}
    if tokens is not None:
        body["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return Reply(body=body)


def use_up(cast: Cast) -> None:
    set_limits(project=cast.project, typed={"dollars_per_day": "0"})
    cast.project.refresh_from_db()
    # What is forgotten after the commit, and in other processes after a while.
    forget_limits(cast.project.id)
    forget_keys(lambda project_id, key_id: True)


def test_an_indexed_file_is_one_entry(cast: Cast, endpoint: ScriptedProvider) -> None:
    endpoint.enqueue(vectors(40), vectors())
    make_store(cast, TEXT, b"Bread.")
    assert index_all() == 2
    [reported, counted] = DirectCall.objects.order_by("pk")
    assert (reported.kind, reported.model, reported.usage["prompt_tokens"]) == (INDEXING, MODEL, 40)
    assert (reported.cost, reported.api_key_id, reported.person_id) == (Decimal(4), "", None)
    # The endpoint didn't say what it has used.
    assert counted.usage["estimated"]
    assert 0 < counted.usage["prompt_tokens"] < 10
    now = timezone.now()
    [used] = use_of_days(cast.project.id, [now - timedelta(hours=1), now + timedelta(hours=1)])
    assert used[PROJECT].tokens == 40 + counted.usage["prompt_tokens"]


def test_what_failed_requests_have_used_counts(cast: Cast, endpoint: ScriptedProvider) -> None:
    bad = {"data": [{"index": 0, "embedding": [0, 0, 0]}], "usage": {"prompt_tokens": 7}}
    endpoint.enqueue(Reply(body=bad))
    with (
        metered(cast.project.id, Caller()) as meter,
        pytest.raises(EmbeddingError, match="direction"),
    ):
        embed(embedder_of(MODEL), ["x"], "passage", meter)
    assert [row.usage["prompt_tokens"] for row in DirectCall.objects.all()] == [7]


def test_a_file_waits_until_there_is_money(
    cast: Cast, endpoint: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "INDEX_RETRY_SECONDS", 0.0)
    make_store(cast, TEXT)
    use_up(cast)
    assert index_all() == conf.INDEX_ATTEMPTS
    [row] = VectorStoreFile.objects.filter(status="failed")
    assert "$0.00" in row.last_error["message"]
    assert endpoint.history == []


def test_a_search_is_charged_to_its_key(
    cast: Cast, store: VectorStore, endpoint: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "REWRITE_MODEL", "scripted-1")
    endpoint.enqueue(Reply(text="largest animal", usage=(20, 3)), vectors(4))
    client = Client(headers={"authorization": f"Bearer {cast.key}"})
    url = f"/v1/vector_stores/{store.id}/search"
    asked = {"query": "What is the largest animal?", "rewrite_query": True}
    assert client.post(url, asked, "application/json").status_code == 200
    assert recorded(cast) == [(REWRITING, "scripted-1", 23), (SEARCH, MODEL, 4)]
    [key] = ApiKey.objects.filter(project=cast.project)
    assert {row.api_key_id for row in DirectCall.objects.all()} == {key.id}
    use_up(cast)
    refused = client.post(url, asked, "application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "insufficient_quota")
    assert len(endpoint.history) == 2


def test_a_search_of_a_run_is_charged_to_who_has_asked(
    cast: Cast, store: VectorStore, endpoint: ScriptedProvider
) -> None:
    run = cast.run
    run.tool_resources = {"file_search": {"vector_store_ids": [store.id]}}
    run.api_key_id, run.person_id = "key_1", 7
    endpoint.enqueue(vectors(4))
    assert len(search_for_run(run, "animal", StopSignal())) == 1
    [row] = DirectCall.objects.all()
    assert (row.kind, row.api_key_id, row.person_id) == (SEARCH, "key_1", 7)


def test_a_written_function_is_charged_to_its_person(
    cast: Cast, endpoint: ScriptedProvider
) -> None:
    dialog = Dialog(cast)
    endpoint.enqueue(Reply(text=json.dumps(WEATHER), usage=(20, 10)))
    dialog.step("generate", about="The weather", model="scripted-1", tab="generate")
    assert recorded(cast) == [(FUNCTION, "scripted-1", 30)]
    assert DirectCall.objects.get().person_id is not None
    use_up(cast)
    page = dialog.step("generate", about="The weather", model="scripted-1", tab="generate")
    assert "$0.00" in page.text("[role=alert]")
    assert len(endpoint.completions) == 1


def test_local_embeddings_are_no_entry(cast: Cast) -> None:
    with metered(cast.project.id, Caller()) as meter:
        embed(embedder_of(BUNDLED.name), ["x"], "query", meter)
    assert meter.uses == []
    assert not DirectCall.objects.exists()


def test_what_cannot_be_recorded_loses_no_work(
    cast: Cast, endpoint: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(call: direct_calls.Call) -> None:
        raise OSError("away")

    monkeypatch.setattr(direct_calls, "record_call", fail)
    endpoint.enqueue(vectors(4))
    with metered(cast.project.id, Caller()) as meter:
        assert embed(embedder_of(MODEL), ["x"], "query", meter)
