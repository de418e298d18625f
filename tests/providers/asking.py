"""Helpers of the provider tests: build requests and take answers apart."""

from typing import Any

from assistants_app.providers.chat import (
    ChatDelta,
    ChatRequest,
    Finished,
    StopSignal,
    TextDelta,
    ToolCallDelta,
)
from assistants_app.providers.chat_model import ChatModel
from assistants_app.providers.endpoint import Endpoint
from tests.fakes.provider import ScriptedProvider

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def endpoint(provider: ScriptedProvider, **options: Any) -> Endpoint:
    values = {"name": "Scripted", "base_url": provider.base_url, "api_key": "secret-key"}
    return Endpoint(**(values | options))


def request(**options: Any) -> ChatRequest:
    values = {"model": "scripted-1", "messages": [{"role": "user", "content": "Hi"}], "tools": []}
    return ChatRequest(**(values | options))


def deltas(model: ChatModel, asked: ChatRequest) -> list[ChatDelta]:
    return list(model.stream(asked, stop=StopSignal()))


def text(received: list[ChatDelta]) -> str:
    return "".join(delta.text for delta in received if isinstance(delta, TextDelta))


def calls(received: list[ChatDelta]) -> dict[int, tuple[str | None, str]]:
    """Return name and arguments of each call by its index."""
    found: dict[int, tuple[str | None, str]] = {}
    for delta in received:
        if isinstance(delta, ToolCallDelta):
            name, arguments = found.get(delta.index, (None, ""))
            found[delta.index] = (delta.name or name, arguments + delta.arguments)
    return found


def finished(received: list[ChatDelta]) -> Finished:
    last = received[-1]
    assert isinstance(last, Finished)
    return last
