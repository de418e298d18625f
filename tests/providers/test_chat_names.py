"""Models that can't answer in a chat are recognised by their row or name."""

from typing import Any

import pytest

from assistants_app.providers.chat_names import writes_text

CHAT = [
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-5",
    "o3-mini",
    "o1",
    "chatgpt-4o-latest",
    "gpt-3.5-turbo",
    "gpt-4o-2024-08-06",
    "claude-sonnet-4-5",
    "gemini-2.5-flash",
    "models/gemini-2.5-pro",
    "mistral-large-latest",
    "ministral-8b-latest",
    "codestral-latest",
    "pixtral-12b",
    "open-mixtral-8x22b",
    "llama3.2:3b",
    "qwen2.5-coder:7b",
    "deepseek-r1:8b",
    "phi4",
    "gemma3:27b",
    "meta-llama/Llama-3.3-70B-Instruct",
    "Qwen/Qwen2.5-VL-7B-Instruct",
    "SmolLM2-135M-Instruct",
    "command-r-plus",
    "kimi-k2",
    "grok-4",
    "deepseek-chat",
    "glm-4.6",
    "gpt-oss:20b",
    "llava:13b",
    "granite3.3:8b",
    "adapter-tuned-llama",
    "scripted-1",
    "llama-guardian",
    "yi-vision",
]
OTHERS = [
    "text-embedding-3-small",
    "text-embedding-3-large",
    "text-embedding-ada-002",
    "mistral-embed",
    "codestral-embed",
    "nomic-embed-text:latest",
    "mxbai-embed-large",
    "bge-m3",
    "BAAI/bge-reranker-v2-m3",
    "all-minilm:l6-v2",
    "snowflake-arctic-embed2",
    "intfloat/multilingual-e5-large",
    "gemini-embedding-001",
    "embed-v4.0",
    "rerank-v3.5",
    "voyage-3",
    "omni-moderation-latest",
    "text-moderation-007",
    "mistral-moderation-latest",
    "whisper-1",
    "whisper-large-v3-turbo",
    "tts-1",
    "tts-1-hd",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
    "gpt-4o-realtime-preview",
    "gpt-4o-audio-preview",
    "dall-e-2",
    "dall-e-3",
    "gpt-image-1",
    "chatgpt-image-latest",
    "sora-2",
    "imagen-4.0-generate-001",
    "veo-3.0-generate-001",
    "stabilityai/stable-diffusion-xl-base-1.0",
    "black-forest-labs/FLUX.1-schnell",
    "babbage-002",
    "davinci-002",
    "playai-tts",
    "text-embedding-nomic-embed-text-v1.5",
    "mistral-ocr-latest",
    "meta-llama/llama-guard-4-12b",
]


@pytest.mark.parametrize("model", CHAT)
def test_chat_models(model: str) -> None:
    assert writes_text(model)


@pytest.mark.parametrize("model", OTHERS)
def test_other_models(model: str) -> None:
    assert not writes_text(model)


@pytest.mark.parametrize(
    ("model", "row", "writes"),
    [
        ("my-image", {"capabilities": {"completion_chat": True}}, True),
        ("ours", {"capabilities": {"completion_chat": False}}, False),
        ("ours", {"architecture": {"output_modalities": ["text"]}}, True),
        ("ours", {"architecture": {"output_modalities": ["image"]}}, False),
        ("ours", {"architecture": {"output_modalities": ["text", "image"]}}, True),
        ("ours", {"type": "embedding"}, False),
        ("ours", {"type": "chat"}, True),
        ("my-embed-chat", {"type": "llm"}, True),
        ("claude-opus-4-1", {"type": "model"}, True),
        ("ours", {"capabilities": ["completion"], "architecture": "llama", "type": 7}, True),
        ("bge-m3", {"capabilities": None, "type": ""}, False),
    ],
)
def test_what_the_endpoint_says_counts(model: str, row: dict[str, Any], writes: bool) -> None:
    assert writes_text(model, row) == writes
