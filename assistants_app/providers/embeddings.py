"""Embeddings of any OpenAI-compatible endpoint: batched, tried again, and looked at."""

import json
import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import openai

from assistants_app.domain.embeddings import EmbeddingError, Kind, Vector
from assistants_app.domain.errors import RunFailure
from assistants_app.providers.chat import StopSignal
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.failures import (
    CONTEXT_WORDS,
    connection_failure,
    said_by,
    status_failure,
)
from assistants_app.providers.openai_compatible import client_of
from assistants_app.providers.opening import open_stream
from assistants_app.providers.secrecy import Secrets

# Of one request. OpenAI takes 2,048 texts and 300,000 tokens, small servers much less.
BATCH_TEXTS = 128
BATCH_CHARACTERS = 400_000
TOO_LONG = {400, 413, 422}  # statuses of a text beyond the model's context


class RemoteEmbedder:
    """One model of one endpoint. Its methods may be called by several threads."""

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
        """`dimension`: what the vectors must have; None to take what the first answer has.

        `shorten` sends it as ``dimensions``, which text-embedding-3 and some others obey. The
        prefixes are for models that were trained with them (e5: ``query: ``, ``passage: ``).
        Raises :class:`EmbeddingError` for a base URL or a key that cannot be one.
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
        """Numbers of each vector. Asks the endpoint if that is not known yet."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None, "an answer without vectors is refused"
        return self._dimension

    def close(self) -> None:
        """Close the idle connections."""
        self._client.close()

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> list[Vector]:
        """See :class:`Embedder`."""
        prefix = self._prefixes[kind]
        vectors: list[Vector] = []
        for batch in _batches([prefix + text for text in texts]):
            try:
                answer = self._ask(batch)
            except RunFailure as failure:
                raise EmbeddingError(failure.message) from failure
            vectors += self._vectors(answer, len(batch))
        return vectors

    def _ask(self, texts: list[str]) -> Any:
        """The answer's JSON, None for an answer that is none."""
        create = self._client.embeddings.with_streaming_response.create
        dimensions = self._dimension if self._shorten and self._dimension else openai.omit

        def open_once() -> httpx2.Response:
            # Asked for base64, which is the package's default, some servers send floats.
            opened: Any = create(
                model=self._model, input=texts, encoding_format="float", dimensions=dimensions
            ).__enter__()
            response: httpx2.Response = opened.http_response
            return response

        try:
            response = open_stream(open_once, endpoint=self._endpoint, stop=StopSignal())
            try:
                return json.loads(response.read())
            finally:
                response.close()
        except openai.APIStatusError as error:
            if error.status_code in TOO_LONG and CONTEXT_WORDS.search(said_by(error)):
                raise EmbeddingError(
                    f"A text is longer than '{self._model}' takes: "
                    f"{said_by(error, Secrets(self._endpoint))} "
                    "Choose smaller chunks."
                ) from error
            raise status_failure(error, self._endpoint, self._model) from error
        except httpx2.HTTPError as error:
            raise connection_failure(error, self._endpoint) from error
        except ValueError:
            return None

    def _vectors(self, answer: Any, count: int) -> list[Vector]:
        rows = answer.get("data") if isinstance(answer, dict) else None
        try:
            ordered = sorted(rows or [], key=lambda row: int(row["index"]))
            vectors = [array("f", row["embedding"]) for row in ordered]
        except (TypeError, KeyError, ValueError, AttributeError):
            vectors = []
        if len(vectors) != count:
            raise EmbeddingError(
                f"{self._endpoint.name} sent no embeddings for {count} texts of the model "
                f"'{self._model}'. Is it an embedding model, and does the server embed?"
            )
        self._dimension = self._dimension or len(vectors[0])
        for vector in vectors:
            if len(vector) != self._dimension:
                raise EmbeddingError(
                    f"{self._endpoint.name} sent vectors of {len(vector)} numbers for "
                    f"'{self._model}', where {self._dimension} are expected."
                )
        return [self._normalized(vector) for vector in vectors]

    def _normalized(self, vector: Vector) -> Vector:
        length = math.sqrt(math.fsum(number * number for number in vector))
        if not math.isfinite(length) or length == 0:
            raise EmbeddingError(
                f"{self._endpoint.name} sent a vector without a direction for '{self._model}'."
            )
        return array("f", [number / length for number in vector])


def _batches(texts: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        full = len(batch) >= BATCH_TEXTS or size + len(text) > BATCH_CHARACTERS
        if batch and full:
            yield batch
            batch, size = [], 0
        # Servers refuse empty texts; a space has a vector as good as any.
        batch.append(text or " ")
        size += len(text)
    if batch:
        yield batch
