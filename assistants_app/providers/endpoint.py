"""An endpoint, and the models that it lists."""

from dataclasses import dataclass

from assistants_app.providers.features import Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is. `native_tools`: whether its models call tools, None to find out."""

    name: str
    base_url: str
    api_key: str
    native_tools: bool | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that an endpoint lists; `context_window` in tokens if that is known."""

    id: str
    created: int
    owned_by: str
    context_window: int | None = None
    features: Features = Features()
