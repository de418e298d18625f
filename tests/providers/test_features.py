"""What is known about models before they are used."""

import pytest

from assistants_app.providers.capabilities import Capabilities
from assistants_app.providers.features import (
    Features,
    features_by_name,
    features_of_row,
    window_by_name,
    without,
)


@pytest.mark.parametrize(
    ("model", "reasoning", "sampling", "json_schema"),
    [
        ("gpt-4o-mini", False, True, True),
        ("openai/gpt-4.1", False, True, True),
        ("gpt-4-0613", False, True, False),
        ("o3-mini", True, False, True),
        ("gpt-5-nano", True, False, True),
        ("gpt-5-chat-latest", False, None, None),
        ("gpt-5.2-chat-latest", None, None, None),
        ("chatgpt-4o-latest", False, True, False),
        ("gpt-4o-2024-05-13", False, True, False),
        ("gpt-4o-audio-preview", None, None, None),
        ("o1-mini", False, False, False),
        ("gpt-5.1", True, None, True),
        ("llama-3", None, None, None),
    ],
)
def test_the_vendors_models_are_known_by_name(
    model: str, reasoning: bool | None, sampling: bool | None, json_schema: bool | None
) -> None:
    known = features_by_name(model)
    assert (known.reasoning, known.sampling, known.json_schema) == (
        reasoning,
        sampling,
        json_schema,
    )


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-3.5-turbo-0125", 16_385),
        ("gpt-4", 8_192),
        ("gpt-4-0613", 8_192),
        ("gpt-4-32k", 32_768),
        ("gpt-4-turbo-preview", 128_000),
        ("openai/gpt-4o-mini", 128_000),
        ("gpt-4.1-nano", 1_047_576),
        ("o1-mini", 128_000),
        ("o3-mini", 200_000),
        ("gpt-5-chat-latest", 128_000),
        ("gpt-5-mini-2025-08-07", 400_000),
        ("gpt-5.9", None),
        ("gpt-4-alpaca", None),
        ("olmo", None),
        ("llama-3", None),
    ],
)
def test_the_context_of_the_vendors_models_is_known_by_name(model: str, tokens: int | None) -> None:
    assert window_by_name(model) == tokens


def test_the_endpoints_list_takes_precedence_over_the_name() -> None:
    router = {
        "supported_parameters": ["tools", "temperature"],
        "architecture": {"input_modalities": ["text", "image"]},
    }
    assert features_of_row("x/y", router) == Features(
        tools=True, vision=True, json_schema=False, reasoning=False, sampling=True
    )
    mistral = {"capabilities": {"function_calling": False, "vision": True}}
    assert features_of_row("y", mistral) == Features(tools=False, vision=True)
    odd = {"supported_parameters": "tools", "architecture": None, "capabilities": ["vision"]}
    assert features_of_row("y", odd) == Features()


def test_refusals_take_precedence_over_everything() -> None:
    learnt = Capabilities()
    body = {"messages": [], "reasoning_effort": "low", "model": "m"}
    assert learnt.learn("m", body, "Unsupported parameter: reasoning_effort")
    assert learnt.learn_about_tools("m", "m does not support tools")
    known = without(Features(tools=True, vision=True), learnt.refused("m"))
    assert known == Features(tools=False, vision=True, reasoning=False)
    assert learnt.refused("n") == frozenset()
