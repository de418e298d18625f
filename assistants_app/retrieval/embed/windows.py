"""Windows of long texts, and the vectors that they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistants_app.domain.embeddings import Kind
from assistants_app.retrieval.embed.identity import DIMENSION

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a text, as its model wants it, and the number of its tokens."""

    content: Any
    tokens: int


class Model(Protocol):
    """A loaded model, which threads may share."""

    def windows_of(self, text: str, kind: Kind) -> list[Window]:
        """Return the windows of a text, at least one."""

    def embed(self, window: Window) -> Floats:
        """Return the window's vector, of length 1."""


def combined(vectors: Sequence[Floats], windows: Sequence[Window]) -> Floats:
    """Return the vector of a text: the mean of its windows' vectors, weighted by their tokens."""
    weights = [window.tokens for window in windows]
    return normalized(np.average(np.stack(vectors), axis=0, weights=weights).astype(np.float32))


def normalized(vector: Floats) -> Floats:
    """Return `vector` with length 1, or unchanged if it is all zeros."""
    assert vector.shape == (DIMENSION,), "the model's own dimension"
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length or 1.0)
