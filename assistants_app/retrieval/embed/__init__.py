"""Local embeddings: a small bundled model in a process of its own that all others share."""

from assistants_app.retrieval.embed.client import LocalEmbedder

__all__ = ["LocalEmbedder"]
