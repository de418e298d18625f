"""What each endpoint and model turned out not to take, so that it is asked in vain only once."""

import logging
import threading
from typing import Any

logger = logging.getLogger(__name__)

# Parameters that older or other servers do not know, and what to send in their place.
REPLACEMENTS: dict[str, str | None] = {
    "max_completion_tokens": "max_tokens",
    "stream_options": None,
    "parallel_tool_calls": None,
    "reasoning_effort": None,
}
NO_TOOLS = ("support tools", "support tool", "tools param requires", "tool use is not", "--jinja")


class Capabilities:
    """Of one endpoint. Learnt from its refusals, by model."""

    def __init__(self) -> None:
        self._refused: dict[str, set[str]] = {}
        self._without_tools: set[str] = set()
        self._lock = threading.Lock()

    def adapt(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """`body` without what this model refused before."""
        refused = self._refused.get(model)
        if not refused:
            return body
        adapted: dict[str, Any] = {}
        for name, value in body.items():
            kept = REPLACEMENTS[name] if name in refused else name
            if kept is not None:
                adapted[kept] = value
        return adapted

    def learn(self, model: str, body: dict[str, Any], said: str) -> bool:
        """Note the parameter that a refusal names; whether another try makes sense."""
        for name in REPLACEMENTS:
            if name in body and name in said:
                with self._lock:
                    self._refused.setdefault(model, set()).add(name)
                logger.warning("%s refuses %s; it is left out from now on.", model, name)
                return True
        return False

    def learn_about_tools(self, model: str, said: str) -> bool:
        """Note that a model calls no tools by itself, if that is what the refusal says."""
        if not any(words in said for words in NO_TOOLS):
            return False
        with self._lock:
            self._without_tools.add(model)
        logger.warning("%s calls no tools by itself; its replies are constrained instead.", model)
        return True

    def lacks_tools(self, model: str) -> bool:
        """Whether the model was found to call no tools by itself."""
        return model in self._without_tools
