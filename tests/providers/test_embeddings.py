"""Embeddings from an endpoint: requested in batches, retried, and checked before use."""

from collections.abc import Iterator
from typing import Any

import pytest

from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.providers.embeddings import BATCH_TEXTS, RemoteEmbedder
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.providers.asking import endpoint

AT_ONCE = {"retry-after-ms": "1"}


@pytest.fixture
def embedder(provider: ScriptedProvider) -> Iterator[RemoteEmbedder]:
    made = RemoteEmbedder(endpoint(provider), "embedder-1")
    yield made
    made.close()


def rows(*vectors: list[Any]) -> Reply:
    data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return Reply(body={"data": data})


def test_vectors_come_in_the_order_of_the_texts_with_length_one(embedder: RemoteEmbedder) -> None:
    assert [list(vector) for vector in embedder.embed(["four", ""])] == [
        pytest.approx([0.8, 0.6, 0.0]),
        pytest.approx([1 / 10**0.5, 3 / 10**0.5, 0.0]),
    ]
    assert embedder.dimension == 3


def test_floats_are_requested_in_batches(
    embedder: RemoteEmbedder, provider: ScriptedProvider
) -> None:
    assert len(embedder.embed(["text"] * (BATCH_TEXTS + 1))) == BATCH_TEXTS + 1
    assert [len(seen.body["input"]) for seen in provider.history] == [BATCH_TEXTS, 1]
    assert {seen.path for seen in provider.history} == {"/v1/embeddings"}
    for seen in provider.history:
        assert seen.body["encoding_format"] == "float"
        assert seen.body["model"] == "embedder-1"
        assert "dimensions" not in seen.body


def test_long_texts_make_smaller_batches(
    embedder: RemoteEmbedder, provider: ScriptedProvider
) -> None:
    embedder.embed(["x" * 150_000] * 5)
    assert [len(seen.body["input"]) for seen in provider.history] == [2, 2, 1]


def test_prefixes_and_a_shorter_dimension_are_sent(provider: ScriptedProvider) -> None:
    embedder = RemoteEmbedder(
        endpoint(provider), "e5", dimension=3, shorten=True, query_prefix="query: "
    )
    embedder.embed(["boat"], "query")
    embedder.embed(["boat"], "passage")
    assert [seen.body["input"] for seen in provider.history] == [["query: boat"], ["boat"]]
    assert provider.history[0].body["dimensions"] == 3
    embedder.close()


def test_an_unknown_dimension_is_requested_once(
    embedder: RemoteEmbedder, provider: ScriptedProvider
) -> None:
    assert (embedder.dimension, embedder.dimension) == (3, 3)
    assert len(provider.history) == 1


@pytest.mark.parametrize("status", [429, 502, 503])
def test_temporary_failures_are_retried(
    embedder: RemoteEmbedder, provider: ScriptedProvider, status: int
) -> None:
    provider.enqueue(Reply(status=status, headers=AT_ONCE))
    assert len(embedder.embed(["x"])) == 1
    assert len(provider.history) == 2


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=401), "didn't accept the API key"),
        (Reply(status=404), "doesn't have the model 'embedder-1'"),
        (
            Reply(status=400, body={"error": {"message": "maximum context length is 512"}}),
            "Choose smaller chunks",
        ),
        (rows(), "returned no embeddings"),
        (rows([1.0], [2.0]), "returned no embeddings"),
        (rows(["a"]), "returned no embeddings"),
        (Reply(body={"data": {"a": 1}}), "returned no embeddings"),
        (rows([0.0, 0.0]), "without a direction"),
        (rows([float("nan"), 1.0]), "without a direction"),
    ],
)
def test_an_unusable_answer_is_refused_with_the_reason(
    embedder: RemoteEmbedder, provider: ScriptedProvider, reply: Reply, said: str
) -> None:
    provider.enqueue(reply)
    with pytest.raises(EmbeddingError, match=said):
        embedder.embed(["x"])


def test_an_unexpected_dimension_is_refused(
    embedder: RemoteEmbedder, provider: ScriptedProvider
) -> None:
    embedder.embed(["x"])
    provider.enqueue(rows([1.0, 2.0]))
    with pytest.raises(EmbeddingError, match="vectors with 2 dimensions .* 3 were expected"):
        embedder.embed(["x"])


def test_an_invalid_endpoint_is_refused(provider: ScriptedProvider) -> None:
    with pytest.raises(EmbeddingError, match="base URL"):
        RemoteEmbedder(endpoint(provider, base_url="ftp://nowhere"), "x")


def test_an_unreachable_server_is_named(provider: ScriptedProvider) -> None:
    embedder = RemoteEmbedder(endpoint(provider, base_url="http://127.0.0.1:9/v1"), "x")
    with pytest.raises(EmbeddingError, match="Couldn't reach"):
        embedder.embed(["x"])
    embedder.close()
