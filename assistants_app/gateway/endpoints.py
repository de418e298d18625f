"""Which endpoint serves a model, and which models an endpoint has."""

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from assistants_app import conf
from assistants_app.domain.errors import NotFound, RunFailure
from assistants_app.gateway.sealing import unseal
from assistants_app.models import ModelEndpoint
from assistants_app.providers import connect, let_go
from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.discovery import Found, discover
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.features import Features, features_by_name, window_by_name, without
from assistants_app.queries.project.endpoints import list_endpoints

LIST_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class ModelsOfEndpoint:
    """An endpoint with its models, or with the reason why they cannot be listed."""

    endpoint: Endpoint
    models: list[ModelInfo]
    problem: str = ""


def endpoints_of(project_id: str) -> list[Endpoint]:
    """The project's own endpoints, newest first, then the one from the environment, then, if there
    is none at all, the model that came with the program.
    """
    found = [endpoint_from(row) for row in list_endpoints(project_id)]
    if conf.OPENAI_BASE_URL or conf.OPENAI_API_KEY:
        found.append(_from_environment())
    if conf.LOCAL_MODEL_URL:
        found.append(
            Endpoint(
                name="Demo model",
                base_url=conf.LOCAL_MODEL_URL,
                api_key=conf.LOCAL_MODEL_KEY,
                native_tools=False,
                demo=True,
            )
        )
    return found


def endpoint_from(row: ModelEndpoint) -> Endpoint:
    """The endpoint that a row stands for, with its key unsealed."""
    return Endpoint(name=row.name, base_url=row.base_url, api_key=unseal(row.encrypted_key))


def _from_environment() -> Endpoint:
    base_url = conf.OPENAI_BASE_URL or "https://api.openai.com/v1"
    return Endpoint(
        name=urlsplit(base_url).hostname or base_url,
        base_url=base_url,
        api_key=conf.OPENAI_API_KEY,
    )


def endpoint_serving(project_id: str, model: str) -> Endpoint:
    """The endpoint that lists `model`; if none does, the first. Raises :class:`RunFailure`."""
    endpoints = endpoints_of(project_id)
    if not endpoints:
        raise RunFailure(
            "server_error",
            "No model endpoint is connected. Connect one in the playground, or set "
            "OPENAI_BASE_URL and OPENAI_API_KEY.",
        )
    if len(endpoints) > 1:
        for endpoint in endpoints:
            if any(info.id == model for info in models_of(endpoint).models):
                return endpoint
    return endpoints[0]


def chat_model(*, project_id: str, model: str) -> ChatModel:
    """The connection to the endpoint that serves `model`. Raises :class:`RunFailure`."""
    return connect(endpoint_serving(project_id, model))


def context_window(*, project_id: str, model: str) -> int | None:
    """The context in tokens of the model that answers for this name, if that is known."""
    endpoint = endpoint_serving(project_id, model)
    models = models_of(endpoint).models
    # The bundled model answers whatever name is asked for.
    answering = [info for info in models if info.id == model or endpoint.demo]
    return answering[0].context_window if answering else window_by_name(model)


def list_models(*, project_id: str, refresh: bool = False) -> list[ModelsOfEndpoint]:
    """The models of all endpoints of the project, from the last few minutes unless `refresh`."""
    return [models_of(endpoint, refresh=refresh) for endpoint in endpoints_of(project_id)]


def features_of(*, project_id: str, model: str) -> Features:
    """What the model can do, as far as that is known."""
    for listed in list_models(project_id=project_id):
        for info in listed.models:
            if info.id == model:
                return without(info.features, connect(listed.endpoint).refused(model))
    return features_by_name(model)


def refresh_models(*, project_id: str, base_url: str) -> ModelsOfEndpoint:
    """Ask one of the project's endpoints anew. Raises :class:`NotFound`."""
    for endpoint in endpoints_of(project_id):
        if endpoint.base_url == base_url:
            return models_of(endpoint, refresh=True)
    raise NotFound("model endpoint", base_url)


_cache: dict[Endpoint, tuple[float, ModelsOfEndpoint]] = {}
_cache_lock = threading.Lock()


def models_of(endpoint: Endpoint, *, refresh: bool = False) -> ModelsOfEndpoint:
    """The endpoint's models. One that does not answer is asked again after a tenth of the time."""
    with _cache_lock:
        expires, known = _cache.get(endpoint, (0.0, None))
    if known is not None and not refresh and time.monotonic() < expires:
        return known
    try:
        listed = ModelsOfEndpoint(endpoint, connect(endpoint).list_models(timeout=LIST_TIMEOUT))
        lifetime = conf.MODEL_LIST_TTL
    except RunFailure as failure:
        listed = ModelsOfEndpoint(endpoint, [], failure.message)
        lifetime = conf.MODEL_LIST_TTL / 10
    cache_models(listed, seconds=lifetime)
    return listed


def discover_endpoints() -> list[Found]:
    """OpenAI-compatible servers on the usual ports of this machine, this site left out."""
    own = urlsplit(settings.PUBLIC_URL).port
    local = urlsplit(conf.LOCAL_MODEL_URL).port if conf.LOCAL_MODEL_URL else None
    return discover(skip_ports={port for port in (own, local) if port})


def cache_models(listed: ModelsOfEndpoint, *, seconds: float) -> None:
    """Keep an endpoint's models for this long."""
    with _cache_lock:
        _cache[listed.endpoint] = (time.monotonic() + seconds, listed)


def forget_endpoint(endpoint: Endpoint) -> None:
    """Drop what is known of an endpoint, and close the connections to it."""
    with _cache_lock:
        _cache.pop(endpoint, None)
    let_go(endpoint)
