"""A reranker's scores, and answers without scores."""

import pytest

from assistants_app.providers.rerank import rerank
from tests.fakes.raw import http, raw_server
from tests.providers.reranker import reranked


def scores_of(answer: bytes, texts: list[str]) -> list[float] | None:
    with raw_server(answer) as endpoint:
        url = f"{endpoint.base_url}/rerank"
        return rerank(url, model="m", api_key="k", query="q", texts=texts)


def test_scores_are_in_the_order_of_the_texts_and_from_0_to_1() -> None:
    assert scores_of(reranked((2, 1.5), (0, 0.25)), ["a", "b", "c"]) == [0.25, 0.0, 1.0]


@pytest.mark.parametrize(
    "broken",
    [
        http(500, "text/plain", b"no"),
        http(200, "application/json", b"[]"),
        http(200, "application/json", b'{"results": [{"index": "x"}]}'),
        http(200, "text/plain", b"<html>"),
        b"",
    ],
)
def test_an_answer_without_scores_gives_none(broken: bytes) -> None:
    assert scores_of(broken, ["a"]) is None
