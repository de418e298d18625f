"""Find the endpoint that serves a model, and the models that an endpoint has."""

import functools
import threading
import time
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from assistants_app import conf
from assistants_app.domain.errors import NotFound, RunFailure
from assistants_app.gateway.sealing import unseal
from assistants_app.hop import takes_long
from assistants_app.models import ModelEndpoint
from assistants_app.providers import connect, let_go
from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.discovery import Found, discover
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.providers.features import Features, features_by_name, window_by_name, without
from assistants_app.providers.outbound.networks import OPERATOR, NetworkRules, rules
from assistants_app.queries.project.endpoints import list_endpoints

LOOPBACK = ip_address("127.0.0.1")
LIST_TIMEOUT = 5.0  # seconds; pages that choose a model wait for the lists of all endpoints
# Seconds between two look-ups of an endpoint that lists no models. They double up to the longest.
FIRST_WAIT, LONGEST_WAIT = 2.0, 30.0


@dataclass(frozen=True, slots=True)
class ModelsOfEndpoint:
    """An endpoint's models. If they can't be listed, `problem` says why."""

    endpoint: Endpoint
    models: list[ModelInfo]
    problem: str = ""


def endpoints_of(project_id: str, own: list[ModelEndpoint] | None = None) -> list[Endpoint]:
    """Return the endpoints that a project can use, in the order in which they are asked.

    The project's own come first, newest first, then the endpoint from the environment, and last
    the bundled model. The rows of its `own` needn't be read again if they are given.
    """
    own = list_endpoints(project_id) if own is None else own
    found = [endpoint_from(row) for row in own]
    if conf.OPENAI_BASE_URL or conf.OPENAI_API_KEY:
        found.append(_from_environment())
    if conf.LOCAL_MODEL_URL:
        found.append(
            Endpoint(
                name="Bundled model",
                base_url=conf.LOCAL_MODEL_URL,
                api_key=conf.LOCAL_MODEL_KEY,
                native_tools=False,
                demo=True,
                networks=OPERATOR,
            )
        )
    return found


def endpoint_from(row: ModelEndpoint) -> Endpoint:
    """Return the endpoint in a row, with its key decrypted."""
    return Endpoint(
        name=row.name,
        base_url=row.base_url,
        api_key=unseal(row.encrypted_key),
        networks=networks_of_members(),
    )


def networks_of_members() -> NetworkRules:
    """Return where the endpoints may be that people connect on the site."""
    return _rules(tuple(conf.ENDPOINT_DENIED_NETWORKS), tuple(conf.ENDPOINT_ALLOWED_NETWORKS))


@functools.cache
def _rules(denied: tuple[str, ...], allowed: tuple[str, ...]) -> NetworkRules:
    # One object for each, because rules are compared by identity.
    return rules(denied=denied, allowed=allowed)


def _from_environment() -> Endpoint:
    base_url = conf.OPENAI_BASE_URL or "https://api.openai.com/v1"
    return Endpoint(
        name=urlsplit(base_url).hostname or base_url,
        base_url=base_url,
        api_key=conf.OPENAI_API_KEY,
        networks=OPERATOR,
    )


def endpoint_serving(
    project_id: str, model: str, own: list[ModelEndpoint] | None = None
) -> Endpoint:
    """Return the first endpoint that lists the model, or the first of all if none does.

    `own` is as in :func:`endpoints_of`. Raises :class:`RunFailure` if no endpoint is connected.
    """
    endpoints = endpoints_of(project_id, own)
    if not endpoints:
        raise RunFailure(
            "server_error",
            "No model endpoint is connected. Connect one in the playground, or set "
            "OPENAI_BASE_URL and OPENAI_API_KEY.",
        )
    # With a single endpoint there is nothing to choose, and no list to wait for.
    if len(endpoints) > 1:
        for endpoint in endpoints:
            if any(info.id == model for info in models_of(endpoint).models):
                return endpoint
    return endpoints[0]


def endpoint_for(*, project_id: str, model: str) -> Endpoint | None:
    """Return the endpoint that serves the model, as for runs, or None if there is none.

    There is none if no endpoint is connected, or if several are and none of their lists has it.
    """
    endpoints = endpoints_of(project_id)
    if len(endpoints) < 2:
        return endpoints[0] if endpoints else None
    for endpoint in endpoints:
        if any(info.id == model for info in models_of(endpoint).models):
            return endpoint
    # An endpoint whose list can't be had may serve it, and the bundled model answers for any.
    unknown = (each for each in endpoints if each.demo or models_of(each).problem)
    return next(unknown, None)


def chat_model(*, project_id: str, model: str, own: list[ModelEndpoint] | None = None) -> ChatModel:
    """Return the connection to the endpoint that serves the model.

    `own` is as in :func:`endpoints_of`. Raises :class:`RunFailure` if no endpoint is connected, or
    the model's has an invalid URL.
    """
    return connect(endpoint_serving(project_id, model, own))


def context_window(*, project_id: str, model: str) -> int | None:
    """Return the model's context window in tokens, or None if it is unknown.

    Raises :class:`RunFailure` if no endpoint is connected.
    """
    endpoint = endpoint_serving(project_id, model)
    models = models_of(endpoint).models
    # The bundled model answers for any name, with its own small window.
    answering = [info for info in models if info.id == model or endpoint.demo]
    return answering[0].context_window if answering else window_by_name(model)


def list_models(*, project_id: str, refresh: bool = False) -> list[ModelsOfEndpoint]:
    """Return the models of all the project's endpoints. `refresh` bypasses the cache."""
    return [models_of(endpoint, refresh=refresh) for endpoint in endpoints_of(project_id)]


def features_of(*, project_id: str, model: str) -> Features:
    """Return what the model can do, as its endpoint lists it or as its name suggests."""
    for listed in list_models(project_id=project_id):
        for info in listed.models:
            if info.id == model:
                # An endpoint may list a feature and still refuse its parameter.
                return without(info.features, connect(listed.endpoint).refused(model))
    return features_by_name(model)


def refresh_models(*, project_id: str, base_url: str) -> ModelsOfEndpoint:
    """List the models of one of the project's endpoints again. Raises :class:`NotFound`."""
    for endpoint in endpoints_of(project_id):
        if endpoint.base_url == base_url:
            return models_of(endpoint, refresh=True)
    raise NotFound("model endpoint", base_url)


@dataclass(frozen=True, slots=True)
class _Known:
    # `wait` is the time until the next look-up after one that found no models.
    listed: ModelsOfEndpoint
    expires: float
    wait: float = FIRST_WAIT


_cache: dict[Endpoint, _Known] = {}
_looking: set[Endpoint] = set()
_cache_lock = threading.Lock()


def models_of(endpoint: Endpoint, *, refresh: bool = False) -> ModelsOfEndpoint:
    """Return the endpoint's models, from the cache unless `refresh`.

    If they can't be listed, return those of the last time, with the problem.
    """
    with _cache_lock:
        known = _cache.get(endpoint)
        # While one thread waits for the endpoint, the others take what is known.
        fresh = known and (time.monotonic() < known.expires or endpoint in _looking)
        if known is not None and fresh and not refresh:
            return known.listed
        takes_long()
        _looking.add(endpoint)
    try:
        return _look_up(endpoint, known)
    finally:
        with _cache_lock:
            _looking.discard(endpoint)


def _look_up(endpoint: Endpoint, known: _Known | None) -> ModelsOfEndpoint:
    try:
        listed = ModelsOfEndpoint(endpoint, connect(endpoint).list_models(timeout=LIST_TIMEOUT))
    except RunFailure as failure:
        listed = ModelsOfEndpoint(endpoint, known.listed.models if known else [], failure.message)
    if listed.models and not listed.problem:
        cache_models(listed, seconds=conf.MODEL_LIST_TTL)
        return listed
    # The endpoint is down or just starting, so it is asked again soon. But not at once: otherwise
    # every page would wait for the timeout.
    wait = min(known.wait if known else FIRST_WAIT, conf.MODEL_LIST_TTL)
    later = min(2 * wait, LONGEST_WAIT)
    with _cache_lock:
        _cache[endpoint] = _Known(listed, time.monotonic() + wait, later)
    return listed


def discover_endpoints() -> list[Found]:
    """Return the OpenAI-compatible servers on the usual ports of this machine.

    There are none if nobody may connect them.
    """
    if not networks_of_members().permit(LOOPBACK):
        return []
    # This site is OpenAI-compatible as well, and the bundled model is connected already.
    own = urlsplit(settings.PUBLIC_URL).port
    local = urlsplit(conf.LOCAL_MODEL_URL).port if conf.LOCAL_MODEL_URL else None
    return discover(skip_ports={port for port in (own, local) if port})


def cache_models(listed: ModelsOfEndpoint, *, seconds: float) -> None:
    """Cache an endpoint's models for this many seconds."""
    with _cache_lock:
        _cache[listed.endpoint] = _Known(listed, time.monotonic() + seconds)


def forget_endpoint(endpoint: Endpoint) -> None:
    """Drop an endpoint's cached models, and close the connections to it."""
    with _cache_lock:
        _cache.pop(endpoint, None)
    let_go(endpoint)
