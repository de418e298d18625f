"""The interface of embedders, local and remote."""

from array import array
from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from assistants_app.domain.errors import PlaygroundError

# The embedding models' own words (e5, for example, wants them as prefixes). A chunk is a "passage".
Kind = Literal["passage", "query"]
# 32-bit floats (type code "f"). The vector has length 1, so the inner product is the cosine.
Vector: TypeAlias = "array[float]"


class EmbeddingError(PlaygroundError):
    """Raised when texts can't be embedded. The message says why and what to do."""


class Embedder(Protocol):
    """Turns texts into vectors, which are close to each other for texts of similar meaning."""

    @property
    def name(self) -> str:
        """Return the model's name. Vectors of models with different names can't be compared."""

    @property
    def dimension(self) -> int:
        """Return how many numbers a vector has."""

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> list[Vector]:
        """Return a vector for each text, in order. Raises :class:`EmbeddingError`."""
