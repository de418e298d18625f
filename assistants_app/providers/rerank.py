"""Rerankers: endpoints that score how well each chunk answers a question (Jina, Cohere, TEI)."""

import logging
from collections.abc import Sequence
from typing import Any

import httpx2

from assistants_app.event_loop import process_loop
from assistants_app.providers.outbound.networks import OPERATOR
from assistants_app.providers.outbound.transport import http_client, within

logger = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds


def rerank(
    url: str, *, model: str, api_key: str, query: str, texts: Sequence[str]
) -> list[float] | None:
    """Return a score from 0 to 1 for each text, or None if the endpoint returned none."""
    body: dict[str, object] = {"query": query, "documents": list(texts), "top_n": len(texts)}
    if model:
        body["model"] = model
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        answer = process_loop.run(_ask(url, body, headers))
        scores = {int(row["index"]): float(row["relevance_score"]) for row in answer["results"]}
        return [min(1.0, max(0.0, scores.get(index, 0.0))) for index in range(len(texts))]
    except (httpx2.HTTPError, ValueError, TypeError, KeyError, AttributeError) as error:
        # Not an error of the search, which is still useful without the scores.
        logger.warning("The reranker at %s returned no scores: %r", url, error)
        return None


async def _ask(url: str, body: dict[str, object], headers: dict[str, str]) -> Any:
    # Only operators set a reranker, so its address is theirs to choose.
    timeout = httpx2.Timeout(TIMEOUT)
    async with http_client(url, OPERATOR, timeout=timeout) as client, within(TIMEOUT):
        answer = await client.post(url, json=body, headers=headers)
    answer.raise_for_status()
    return answer.json()
