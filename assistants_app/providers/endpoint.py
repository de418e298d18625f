"""An endpoint and the models that it lists."""

from dataclasses import dataclass

from assistants_app.providers.features import Features
from assistants_app.providers.outbound.networks import DEFAULT, NetworkRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where models are served. `native_tools` says whether they call tools; None is to find out.

    Connections are only made to addresses that `networks` permits.
    """

    name: str
    base_url: str
    api_key: str
    native_tools: bool | None = None
    demo: bool = False
    networks: NetworkRules = DEFAULT


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model in an endpoint's list. `context_window` is in tokens, None if unknown.

    `writes_text`: it can answer in a chat, unlike a model for embeddings or speech.
    """

    id: str
    created: int
    owned_by: str
    context_window: int | None = None
    features: Features = Features()
    writes_text: bool = True
