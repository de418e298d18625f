"""Which embedder turns texts into vectors: the bundled model, or the endpoint's."""

import atexit
import functools
import hashlib
import os
import tempfile
from pathlib import Path

from assistants_app import conf
from assistants_app.domain.embeddings import Embedder, EmbeddingError
from assistants_app.providers.embeddings import RemoteEmbedder
from assistants_app.providers.endpoint import Endpoint
from assistants_app.retrieval.embed import LocalEmbedder

LONGEST_FOLDER = 60  # characters, so that the path of the socket in it fits


def default_model() -> str:
    """The model of new stores."""
    return conf.EMBEDDING_MODEL or LocalEmbedder.name


def configured_models() -> list[str]:
    """Models that stores may have without anything more being set."""
    return list(dict.fromkeys([default_model(), LocalEmbedder.name]))


@functools.cache
def embedder_of(model: str) -> Embedder:
    """The process's one embedder of this model. Raises :class:`EmbeddingError` if there is none."""
    embedder = _new_embedder(model)
    atexit.register(embedder.close)
    return embedder


def _new_embedder(model: str) -> LocalEmbedder | RemoteEmbedder:
    if model == LocalEmbedder.name:
        return LocalEmbedder(_folder(), threads=conf.EMBEDDING_THREADS or None)
    if not conf.EMBEDDING_BASE_URL:
        raise EmbeddingError(
            f"The embedding model '{model}' needs an endpoint: set EMBEDDING_BASE_URL."
        )
    return RemoteEmbedder(
        Endpoint(
            name=conf.EMBEDDING_BASE_URL,
            base_url=conf.EMBEDDING_BASE_URL,
            api_key=conf.EMBEDDING_API_KEY,
        ),
        model,
        dimension=conf.EMBEDDING_DIMENSION or None,
        shorten=bool(conf.EMBEDDING_DIMENSION),
        query_prefix=conf.EMBEDDING_QUERY_PREFIX,
        passage_prefix=conf.EMBEDDING_PASSAGE_PREFIX,
    )


def _folder() -> Path:
    """Where the embedding process is met: all processes of a site meet it in the same place."""
    wanted = conf.EMBEDDING_FOLDER
    if wanted and len(wanted) <= LONGEST_FOLDER:
        return Path(wanted)
    digest = hashlib.sha256(f"{os.getuid()} {wanted}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"embed-{digest}"
