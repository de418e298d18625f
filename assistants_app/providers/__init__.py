"""Connections to models. Plain Python, and the only place that imports the `openai` package."""

import atexit
import threading
import time

from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.endpoint import Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible

KEPT_SECONDS = 1800.0  # that a connection which nobody asks for stays

_models: dict[Endpoint, tuple[float, OpenAICompatible]] = {}
_lock = threading.Lock()


def connect(endpoint: Endpoint) -> ChatModel:
    """The process's one connection to this endpoint: building a client costs 25 ms.

    Raises ``RunFailure`` for a base URL or a key that cannot be one.
    """
    now = time.monotonic()
    with _lock:
        _close_unused(now)
        _, model = _models.get(endpoint, (now, None))
        model = model or OpenAICompatible(endpoint)
        _models[endpoint] = (now + KEPT_SECONDS, model)
    return model


def let_go(endpoint: Endpoint) -> None:
    """Close the connection, once no answer comes over it; another process does so in its time."""
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


@atexit.register
def _close_all() -> None:
    for _, model in _models.values():
        model.close()
