"""What servers refuse, in their own words, and what they are sent instead."""

import json
from typing import Any

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.providers.openai_compatible import OpenAICompatible
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.providers.asking import TOOL, deltas, endpoint, finished, request

SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}


@pytest.fixture
def model(provider: ScriptedProvider) -> OpenAICompatible:
    return OpenAICompatible(endpoint(provider))


def refusal(message: str, status: int = 400) -> Reply:
    return Reply(status=status, body={"error": {"message": message}})


def test_extra_fields_are_left_out_one_after_another(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    names = ("stream_options", "max_completion_tokens")
    details = [{"type": "extra_forbidden", "loc": ["body", name]} for name in names]
    no = Reply(status=422, body={"detail": details})
    provider.enqueue(no, no)
    deltas(model, request(max_completion_tokens=9))
    sent = provider.completions[-1]
    assert set(sent) == {"model", "messages", "stream", "max_tokens"}


def test_a_reply_format_is_relaxed_step_by_step(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(
        refusal("This response_format type is unavailable now"),
        refusal("response_format is not supported"),
    )
    deltas(model, request(response_format=SCHEMA))
    formats = [sent.get("response_format") for sent in provider.completions]
    assert formats == [SCHEMA, {"type": "json_object"}, None]


def test_strict_functions_become_plain_ones(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(refusal("Unknown field: tools[0].function.strict"))
    deltas(model, request(tools=[{**TOOL, "function": {"name": "f", "strict": True}}]))
    assert [sent["tools"][0]["function"] for sent in provider.completions] == [
        {"name": "f", "strict": True},
        {"name": "f"},
    ]


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("max_completion_tokens is too large: 9. It supports at most 5", {}),
        ("Unsupported value: 'reasoning_effort' does not support 'minimal'", {}),
        ("Invalid schema for response_format 's': 'oneOf' is not permitted", {}),
    ],
)
def test_a_wrong_value_does_not_disable_its_parameter(
    model: OpenAICompatible, provider: ScriptedProvider, message: str, options: dict[str, Any]
) -> None:
    asked = request(
        max_completion_tokens=9, reasoning_effort="minimal", response_format=SCHEMA, **options
    )
    provider.enqueue(refusal(message))
    with pytest.raises(RunFailure, match="refused the request"):
        deltas(model, asked)
    deltas(model, asked)
    first, second = provider.completions
    assert first == second


def test_a_refusal_counts_for_one_model_only(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(refusal("Unrecognized request argument supplied: reasoning_effort"))
    for name in ("scripted-1", "scripted-2"):
        deltas(model, request(model=name, reasoning_effort="low"))
    assert ["reasoning_effort" in sent for sent in provider.completions] == [True, False, True]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "registry.ollama.ai/library/gemma:latest does not support tools"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'),
        (404, "No endpoints found that support tool use."),
        (500, "tools param requires --jinja flag"),
    ],
)
def test_models_without_tools_get_constrained_replies(
    model: OpenAICompatible, provider: ScriptedProvider, status: int, message: str
) -> None:
    provider.enqueue(refusal(message, status))
    provider.default, usual = Reply(text=json.dumps({"reply": "ok"})), provider.default
    try:
        for _ in range(2):
            assert finished(deltas(model, request(tools=[TOOL]))).reason == "stop"
    finally:
        provider.default = usual
    assert ["tools" in sent for sent in provider.completions] == [True, False, False]


SYSTEM = {"role": "system", "content": "Be brief."}
HI = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    "said",
    [
        "System role not supported",
        "Only user and assistant roles are supported!",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    ],
)
def test_instructions_go_into_the_first_message_of_models_without_a_system_role(
    model: OpenAICompatible, provider: ScriptedProvider, said: str
) -> None:
    provider.enqueue(refusal(said))
    deltas(model, request(messages=[SYSTEM, HI]))
    assert provider.completions[-1]["messages"] == [
        {"role": "user", "content": "Be brief.\n\nHi"},
    ]
    deltas(model, request(messages=[SYSTEM]))
    assert provider.completions[-1]["messages"] == [{"role": "user", "content": "Be brief."}]


def test_instructions_before_an_image_become_a_separate_part(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    provider.enqueue(refusal("System role not supported"))
    deltas(model, request(messages=[SYSTEM, {"role": "user", "content": [image]}]))
    [message] = provider.completions[-1]["messages"]
    assert message["content"] == [{"type": "text", "text": "Be brief."}, image]


def test_messages_of_one_role_are_joined_where_roles_must_alternate(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(refusal("Conversation roles must alternate user/assistant/user/..."))
    deltas(model, request(messages=[SYSTEM, HI, {"role": "user", "content": "there"}]))
    assert provider.completions[-1]["messages"] == [
        SYSTEM,
        {"role": "user", "content": "Hi\n\nthere"},
    ]


def test_a_format_that_is_refused_is_asked_for_in_words(
    model: OpenAICompatible, provider: ScriptedProvider
) -> None:
    provider.enqueue(
        refusal("This response_format type is unavailable now"),
        refusal("response_format is not supported"),
    )
    deltas(model, request(response_format=SCHEMA, messages=[SYSTEM, HI]))
    for sent in provider.completions[1:]:
        instructions = sent["messages"][0]["content"]
        assert (
            instructions
            == 'Be brief.\n\nAnswer with JSON alone, of this schema: {"type": "object"}'
        )
    provider.enqueue(refusal("response_format is not supported"))
    deltas(
        OpenAICompatible(model.endpoint),
        request(response_format={"type": "json_object"}, messages=[HI]),
    )
    assert provider.completions[-1]["messages"][0] == {
        "role": "system",
        "content": "Answer with JSON alone",
    }
