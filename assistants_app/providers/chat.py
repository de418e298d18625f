"""A chat completion: the request, the deltas of the answer, and the signal that stops it."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A request with the field names of chat completions. Fields with None are not sent."""

    model: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    response_format: dict[str, Any] | None = None
    max_completion_tokens: int | None = None
    reasoning_effort: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the tool call at `index`. Only its first delta has `id` and `name`."""

    index: int
    id: str | None
    name: str | None
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call, `estimated` if the provider did not report them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def counts(self) -> dict[str, int]:
        """Return the numbers by their names. `estimated` is 0 or 1."""
        return {name: int(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Finished:
    """The last delta. `reason` is stop, length, tool_calls or content_filter."""

    reason: str
    usage: Usage


ChatDelta = TextDelta | RefusalDelta | ReasoningDelta | ToolCallDelta | Finished


class StopSignal:
    """A signal to all threads that a stream must end. It is set once and stays set."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], object]] = {}

    def set(self) -> None:
        """Set the signal, and call every callback."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks.values())
        # Without the lock, since a callback may unsubscribe.
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        """Return whether the signal is set."""
        return self._event.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds, and return whether the signal is set."""
        return self._event.wait(timeout)

    async def sleep(self, seconds: float) -> bool:
        """Like :meth:`wait`, for coroutines."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        unsubscribe = self.on_set(lambda: loop.call_soon_threadsafe(woken.set))
        try:
            await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            return self.is_set()
        finally:
            unsubscribe()
        return True

    def on_set(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` as soon as the signal is set. Returns a function that unsubscribes it."""
        token = object()
        with self._lock:
            self._callbacks[token] = callback
            already = self._event.is_set()
        if already:
            callback()

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(token, None)

        return unsubscribe
