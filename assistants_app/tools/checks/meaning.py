"""How close the meanings of two texts are, by the embedding model of this installation."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from assistants_app.domain.checks.check import Check, CheckError, Finding
from assistants_app.domain.checks.sample import Sample
from assistants_app.domain.checks.texts import filled_text
from assistants_app.domain.embeddings import EmbeddingError
from assistants_app.domain.errors import ApiError
from assistants_app.domain.money.limits import Caller
from assistants_app.domain.verdicts.arrays import np
from assistants_app.gateway.embedders import default_model, embed, embedder_of, relevance
from assistants_app.gateway.metering import CHECK
from assistants_app.models import Run
from assistants_app.services.money.checks import require_money
from assistants_app.services.project.direct_calls import metered

# Characters. The bundled model reads about 256 tokens and would ignore the rest of a text.
PIECE = 800
MOST_PIECES = 40


def compare_meaning(run: Run, check: Check, sample: Sample, item: Mapping[str, Any]) -> Finding:
    """Compare the reply of the run with the check's text. Raises :class:`CheckError`."""
    wanted = filled_text(check.params["value"], item)
    if not sample.text.strip():
        return Finding(0.0, "The reply is empty.")
    model = default_model()
    texts = [list(_pieces(text)) for text in (sample.text, wanted)]
    caller = Caller(run.api_key_id, run.person_id)
    allow = partial(require_money, run.project_id, caller)
    pieces = [piece for each in texts for piece in each]
    try:
        with metered(run.project_id, caller, allow) as meter:
            vectors = embed(embedder_of(model), pieces, "passage", meter, purpose=CHECK)
    except (ApiError, EmbeddingError) as error:
        raise CheckError(f"The meanings couldn't be compared. {error}") from error
    rows = np.array([np.asarray(vector) for vector in vectors])
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
    return mean / max(float(np.linalg.norm(mean)), 1e-12)
