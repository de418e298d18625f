"""Answers of a reranker."""

import json

from tests.fakes.raw import http


def reranked(*pairs: tuple[int, float]) -> bytes:
    results = [{"index": index, "relevance_score": score} for index, score in pairs]
    return http(200, "application/json", json.dumps({"results": results}).encode())
