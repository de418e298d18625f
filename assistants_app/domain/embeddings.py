"""What every embedder promises, local or remote."""

from array import array
from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from assistants_app.domain.errors import PlaygroundError

Kind = Literal["passage", "query"]
# 32-bit floats (type code "f"), of length 1, so that the inner product is the cosine.
Vector: TypeAlias = "array[float]"


class EmbeddingError(PlaygroundError):
    """Texts could not be embedded. The message says why, and what would help."""


class Embedder(Protocol):
    """Turns texts into vectors that lie close together for texts of close meaning."""

    @property
    def name(self) -> str:
        """The model. Vectors of models with different names cannot be compared."""

    @property
    def dimension(self) -> int:
        """Numbers of each vector."""

    def embed(self, texts: Sequence[str], kind: Kind = "passage") -> list[Vector]:
        """A vector for each text, in their order. Raises :class:`EmbeddingError`."""
