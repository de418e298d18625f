"""Embeddings from any OpenAI-compatible endpoint: in batches, with retries and checks."""

import json
import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx2
import openai

from assistants_app.domain.embeddings import EmbeddingError, Kind, Vector
from assistants_app.domain.errors import RunFailure
from assistants_app.domain.tokens import count_tokens
from assistants_app.event_loop import process_loop
from assistants_app.providers.chat import StopSignal, Usage
from assistants_app.providers.clients import client_of, close_client
from assistants_app.providers.deltas import reported_usage
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import (
    CONTEXT_WORDS,
    connection_failure,
    quote_of,
    said_by,
    status_failure,
)
from assistants_app.providers.opening import open_stream
from assistants_app.providers.outbound.transport import within
from assistants_app.providers.secrecy import Secrets

# Limits of one request. OpenAI accepts 2,048 texts and 300,000 tokens, small servers much less.
BATCH_TEXTS = 128
BATCH_CHARACTERS = 400_000
SECONDS = 300.0  # for one request with its retries
TOO_LONG = {400, 413, 422}  # statuses for a text that exceeds the model's context


class RemoteEmbedder:
    """One embedding model of one endpoint. Safe to use from several threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        dimension: int | None = None,
        shorten: bool = False,
        query_prefix: str = "",
        passage_prefix: str = "",
    ) -> None:
        """Open a client for the endpoint.

        `dimension` is the required length of the vectors; None accepts that of the first answer.
        `shorten` sends it as ``dimensions``, which text-embedding-3 and some other models support.
        The prefixes are for models that were trained with them (e5: ``query: ``, ``passage: ``).
        Raises :class:`EmbeddingError` for an invalid base URL or key.
        """
        self._endpoint = endpoint
        self._dimension = dimension
        self._model = model
        self._shorten = shorten
        self._prefixes: dict[Kind, str] = {"query": query_prefix, "passage": passage_prefix}
        try:
            self._client = client_of(endpoint)
        except RunFailure as failure:
            raise EmbeddingError(failure.message) from failure

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._model

    @property
    def dimension(self) -> int:
        """The length of the vectors. Asks the endpoint if it is not known yet."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None, "an answer without vectors is refused"
        return self._dimension

    def close(self) -> None:
        """Close the idle connections."""
        close_client(self._client)

    @property
    def base_url(self) -> str:
        """The URL of the endpoint."""
        return self._endpoint.base_url

    def embed(
        self,
        texts: Sequence[str],
        kind: Kind = "passage",
        count: Callable[[dict[str, int]], None] = lambda usage: None,
    ) -> list[Vector]:
        """See :class:`Embedder`. `count` is called with the tokens of each request."""
        prefix = self._prefixes[kind]
        vectors: list[Vector] = []
        for batch in _batches([prefix + text for text in texts]):
            try:
                answer = _json_of(process_loop.run(self._request_embeddings(batch)))
            except RunFailure as failure:
                raise EmbeddingError(failure.message) from failure
            # Before the vectors are looked at: the endpoint charges for bad ones, too.
            count(_usage_of(answer, batch))
            vectors += self._vectors_of(answer, len(batch))
        return vectors

    async def _request_embeddings(self, texts: list[str]) -> bytes:
        create = self._client.embeddings.with_streaming_response.create
        dimensions = self._dimension if self._shorten and self._dimension else openai.omit

        async def open_once() -> httpx2.Response:
            # The package asks for base64 by default, but some servers then send floats.
            opened: Any = await create(
                model=self._model, input=texts, encoding_format="float", dimensions=dimensions
            ).__aenter__()
            response: httpx2.Response = opened.http_response
            return response

        try:
            async with within(SECONDS):
                response = await open_stream(open_once, endpoint=self._endpoint, stop=StopSignal())
                try:
                    return await response.aread()
                finally:
                    await response.aclose()
        except openai.APIStatusError as error:
            if error.status_code in TOO_LONG and CONTEXT_WORDS.search(said_by(error)):
                raise EmbeddingError(
                    f"A text is too long for '{self._model}': "
                    f"{quote_of(error, Secrets(self._endpoint))} "
                    "Choose smaller chunks."
                ) from error
            raise status_failure(error, self._endpoint, self._model) from error
        except httpx2.HTTPError as error:
            raise connection_failure(error, self._endpoint) from error

    def _vectors_of(self, answer: Any, count: int) -> list[Vector]:
        rows = answer.get("data") if isinstance(answer, dict) else None
        try:
            # Servers may return the vectors in any order.
            ordered = sorted(rows or [], key=lambda row: int(row["index"]))
            vectors = [array("f", row["embedding"]) for row in ordered]
        except (TypeError, KeyError, ValueError, AttributeError):
            vectors = []
        if len(vectors) != count:
            raise EmbeddingError(
                f"{self._endpoint.name} returned no embeddings for {count} texts with the model "
                f"'{self._model}'. Check that it is an embedding model and that the server "
                "supports embeddings."
            )
        self._dimension = self._dimension or len(vectors[0])
        for vector in vectors:
            if len(vector) != self._dimension:
                raise EmbeddingError(
                    f"{self._endpoint.name} returned vectors with {len(vector)} dimensions for "
                    f"'{self._model}', but {self._dimension} were expected."
                )
        return [self._normalize(vector) for vector in vectors]

    def _normalize(self, vector: Vector) -> Vector:
        # Searches compare by inner product, which needs vectors of length 1.
        length = math.sqrt(math.fsum(number * number for number in vector))
        if not math.isfinite(length) or length == 0:
            raise EmbeddingError(
                f"{self._endpoint.name} returned a vector without a direction for '{self._model}'."
            )
        return array("f", [number / length for number in vector])


def _usage_of(answer: Any, texts: list[str]) -> dict[str, int]:
    usage = reported_usage(answer.get("usage")) if isinstance(answer, dict) else None
    if usage is None:
        tokens = sum(count_tokens(text) for text in texts)
        usage = Usage(prompt_tokens=tokens, completion_tokens=0, estimated=True)
    return usage.counts()


def _json_of(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _batches(texts: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        full = len(batch) >= BATCH_TEXTS or size + len(text) > BATCH_CHARACTERS
        if batch and full:
            yield batch
            batch, size = [], 0
        # Servers refuse empty texts, and the vector of a space does no harm.
        batch.append(text or " ")
        size += len(text)
    if batch:
        yield batch
