"""Searches: scores, thresholds, rerankers and unavailable models."""

from typing import Any

import pytest

from assistants_app import conf
from assistants_app.domain.errors import ApiError
from assistants_app.domain.search import SearchHit, SearchOptions
from assistants_app.gateway.embedders import embedder_of
from assistants_app.gateway.metering import Meter
from assistants_app.models import Chunk, VectorStore, VectorStoreFile
from assistants_app.services.stores import search
from tests.cast import Cast, make_file
from tests.fakes.raw import http, raw_server
from tests.providers.reranker import reranked

WORDS = ("alpha", "alpha beta", "alpha beta gamma")


class Flat:
    """An embedder that gives all texts the same vector."""

    name, dimension = "flat", 2

    def embed(self, texts: list[str], kind: str = "passage") -> list[Any]:
        return [[1.0, 0.0] for _ in texts]


@pytest.fixture
def store(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> VectorStore:
    """A store with three chunks that differ only in their words."""
    monkeypatch.setattr(search, "embedder_of", lambda model: Flat())
    store = VectorStore.objects.create(project=cast.project, embedding_model="flat")
    row = VectorStoreFile.objects.create(
        store=store,
        file=make_file(cast.project, filename="a.txt"),
        status="completed",
        chunk_count=len(WORDS),
        embedding_model="flat",
        embedding_dimension=2,
    )
    for index, text in enumerate(WORDS):
        place = {"index": index, "text": text, "start": 0, "end": len(text)}
        Chunk.objects.create(store_id=store.id, store_file=row, embedding=[0.6, 0.8], **place)
    return store


def ask(store: VectorStore, question: str, **options: Any) -> list[SearchHit]:
    return search.search_stores(
        stores=[store], questions=[question], options=SearchOptions(**options), meter=Meter()
    )


def test_hits_have_scores_by_vector_and_by_words(store: VectorStore) -> None:
    best, *others = ask(store, "gamma")
    assert (best.text, best.text_score) == (WORDS[2], 1.0)
    assert best.similarity == pytest.approx(0.6, abs=0.001)
    assert {hit.text_score for hit in others} == {None}
    assert best.score > others[0].score > 0


def test_hits_below_the_threshold_are_left_out(store: VectorStore) -> None:
    scores = [hit.score for hit in ask(store, "gamma beta")]
    kept = ask(store, "gamma beta", score_threshold=scores[1])
    assert [hit.score for hit in kept] == scores[:2]
    assert ask(store, "zeta", score_threshold=0.9) == []


def test_a_reranker_decides_the_order(store: VectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    order = [hit.text for hit in ask(store, "gamma")]
    with raw_server(
        reranked((0, 0.1), (1, 0.2), (2, 0.9)), http(500, "text/plain", b"")
    ) as endpoint:
        monkeypatch.setattr(conf, "RERANKER_URL", f"{endpoint.base_url}/rerank")
        hits = ask(store, "gamma")
        assert [(hit.text, hit.score) for hit in hits] == [
            (order[2], 0.9),
            (order[1], 0.2),
            (order[0], 0.1),
        ]
        assert [hit.text for hit in ask(store, "gamma", rerank=False)] == order
        # The server's second answer is an error, so the order stays.
        assert [hit.text for hit in ask(store, "gamma")] == order


def test_an_unavailable_embedding_model_is_an_error(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "embedder_of", embedder_of)
    with pytest.raises(ApiError, match="EMBEDDING_BASE_URL") as caught:
        ask(store, "alpha")
    assert caught.value.http_status == 503


CHINESE = ("机器学习的基础", "学习机器", "天气很好", "学习" * 20)


@pytest.mark.parametrize(
    ("question", "best"),
    [("机器学习", CHINESE[0]), ("天气", CHINESE[2]), ("学习机器", CHINESE[1]), ("气", CHINESE[2])],
)
def test_chunks_with_the_literal_words_come_first(
    store: VectorStore, question: str, best: str
) -> None:
    row = VectorStoreFile.objects.get(store=store)
    # The vectors favor the chunks without them.
    for index, text in enumerate(CHINESE, start=len(WORDS)):
        place = {"index": index, "text": text, "start": 0, "end": len(text)}
        Chunk.objects.create(store_id=store.id, store_file=row, embedding=[0.0, 1.0], **place)
    row.chunk_count += len(CHINESE)
    row.save()
    hit = ask(store, question)[0]
    assert (hit.text, hit.similarity) == (best, 0.0)


def test_a_model_for_english_does_not_judge_other_scripts(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = VectorStoreFile.objects.get(store=store)
    text = "部分文字关于学习和其他很多内容"
    place = {"index": 9, "text": text, "start": 0, "end": len(text)}
    Chunk.objects.create(store_id=store.id, store_file=row, embedding=[0.0, 1.0], **place)
    row.chunk_count += 1
    row.save()
    question = "请问在哪里可以找到关于学习方面的详细说明文件"
    monkeypatch.setattr(search, "is_for_english", lambda model: True)
    assert ask(store, question)[0].text == text
    assert ask(store, "天地玄黄")[0].text in WORDS  # without words, vectors are all there is
