"""Local embeddings: small models, each in one process that all other processes share."""

from assistants_app.retrieval.embed.client import LocalEmbedder
from assistants_app.retrieval.embed.identity import BUNDLED, LOCAL_MODELS, MULTILINGUAL, LocalModel

__all__ = ["BUNDLED", "LOCAL_MODELS", "MULTILINGUAL", "LocalEmbedder", "LocalModel"]
