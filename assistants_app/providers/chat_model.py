"""The interface between the engine and the models of an endpoint."""

from collections.abc import Iterator, Set
from typing import Protocol

from assistants_app.providers.call_record import CallRecord
from assistants_app.providers.chat import ChatDelta, ChatRequest, StopSignal
from assistants_app.providers.endpoint import ModelInfo


class ChatModel(Protocol):
    """The models of one endpoint. Safe to use from many threads."""

    def stream(
        self, request: ChatRequest, *, stop: StopSignal, record: CallRecord | None = None
    ) -> Iterator[ChatDelta]:
        """Yield the deltas of the answer as they arrive, with :class:`Finished` as the last one.

        `record` records the call as it goes over the wire. Raises ``RunFailure`` for problems that
        a person must solve, and ``RunStopped`` once `stop` is set.
        """

    def list_models(self, *, timeout: float = 10.0) -> list[ModelInfo]:
        """Return the endpoint's models. Raises ``RunFailure``."""

    def refused(self, model: str) -> Set[str]:
        """Return the fields of :class:`Features` that the model turned out not to have."""
