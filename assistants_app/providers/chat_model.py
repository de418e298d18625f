"""What the engine asks of a model."""

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
        """The answer as it comes, ended by :class:`Finished`. `record` takes down what goes over
        the wire.

        Raises ``RunFailure`` for what a person has to mend, ``RunStopped`` once `stop` is set.
        """

    def list_models(self, *, timeout: float = 10.0) -> list[ModelInfo]:
        """The endpoint's models. Raises ``RunFailure``."""

    def refused(self, model: str) -> Set[str]:
        """Fields of :class:`Features` that the model turned out not to have."""
