"""Connections to models. Plain Python, and the only place that imports the `openai` package."""

import atexit
import threading

from assistants_app.providers.chat_model import ChatModel, Endpoint
from assistants_app.providers.openai_compatible import OpenAICompatible

_models: dict[Endpoint, OpenAICompatible] = {}
_lock = threading.Lock()


def connect(endpoint: Endpoint) -> ChatModel:
    """The process's one connection to this endpoint: building a client costs 25 ms.

    Raises ``RunFailure`` for a base URL or a key that cannot be one.
    """
    with _lock:
        if endpoint not in _models:
            _models[endpoint] = OpenAICompatible(endpoint)
            atexit.register(_models[endpoint].close)
        return _models[endpoint]
