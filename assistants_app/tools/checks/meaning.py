"""How close the meanings of two texts are, by the embedding model of this installation."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy

from assistants_app.domain.checks.check import Check, CheckError, Finding
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.checks.texts import filled_text
from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.gateway.embedders import default_model, embedder_of, relevance

# Characters. The bundled model reads about 256 tokens and would ignore the rest of a text.
PIECE = 800
MOST_PIECES = 40


def compare_meaning(check: Check, sample: Sample, item: Mapping[str, Any]) -> Finding:
    """Compare the reply with the check's text. Raises :class:`CheckError`."""
    wanted = filled_text(check.params["value"], item)
    if not sample.text.strip():
        return Finding(0.0, "The reply is empty.")
    model = default_model()
    texts = [list(_pieces(text)) for text in (sample.text, wanted)]
    try:
        vectors = embedder_of(model).embed([piece for pieces in texts for piece in pieces])
    except EmbeddingError as error:
        raise CheckError(f"The meanings couldn't be compared. {error}") from error
    rows = numpy.array([numpy.asarray(vector) for vector in vectors])
    one, other = _mean(rows[: len(texts[0])]), _mean(rows[len(texts[0]) :])
    score = relevance(model, float(one @ other))
    return Finding(score, f"The meaning of the reply is {score:.0%} the same, by {model}.")


def _pieces(text: str) -> Iterator[str]:
    text = text.strip()
    for at in range(0, min(len(text), PIECE * MOST_PIECES), PIECE):
        yield text[at : at + PIECE]


def _mean(rows: Any) -> Any:
    mean = rows.mean(axis=0)
    # Opposite vectors cancel each other out, which leaves nothing to divide by.
    return mean / max(float(numpy.linalg.norm(mean)), 1e-12)
