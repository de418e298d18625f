"""Local embeddings: a small bundled model in one process that all other processes share."""

from assistants_app.retrieval.embed.client import LocalEmbedder

__all__ = ["LocalEmbedder"]
