"""Connections to models: plain Python, and the only package that imports `openai`."""

import threading
import time

from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible

# How long an unused connection stays open. Closing one drops what was learnt of its models, too.
KEPT_SECONDS = 1800.0

_models: dict[Endpoint, tuple[float, OpenAICompatible]] = {}
_lock = threading.Lock()


def connect(endpoint: Endpoint) -> ChatModel:
    """Return the process's connection to an endpoint, opening it if needed.

    Raises ``RunFailure`` for an invalid base URL or key.
    """
    now = time.monotonic()
    # One per process, because building a client takes 25 ms. All use the process's event loop.
    with _lock:
        _close_unused(now)
        _, model = _models.get(endpoint, (now, None))
        model = model or OpenAICompatible(endpoint)
        _models[endpoint] = (now + KEPT_SECONDS, model)
    return model


def let_go(endpoint: Endpoint) -> None:
    """Close this process's connection to an endpoint once no answer uses it.

    Other processes close theirs after `KEPT_SECONDS`.
    """
    now = time.monotonic()
    with _lock:
        if endpoint in _models:
            _models[endpoint] = (now, _models[endpoint][1])
        _close_unused(now)


def _close_unused(now: float) -> None:
    for endpoint, (until, model) in list(_models.items()):
        if until <= now and not model.in_use:
            del _models[endpoint]
            model.close()
