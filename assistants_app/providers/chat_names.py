"""Which models of a list write text, as their rows or names say."""

import re
from collections.abc import Mapping
from typing import Any

# Parts of the names of models for embeddings, speech, images, video, moderation and ranking: those
# of OpenAI, Mistral, Google, Cohere, Voyage, and of the usual servers for open models.
_OTHERS = re.compile(
    r"""
    (?:^|[-_/.:\d])(?:
        embed(?:ding|dings)?|minilm|bge|gte|e5|mxbai|nomic-bert|voyage|colbert|arctic-embed
        |rerank(?:er)?|moderation|guard|shieldgemma
        |whisper|tts|transcri(?:be|ption)|realtime|audio|speech|voxtral-tts|kokoro|parler|orpheus
        |dall-e|image|imagen|flux|stable-diffusion|sdxl|sd3|sora|veo|video|lyria
        |babbage|davinci|ada|curie|instruct-beta|ocr|aqa
    )(?=$|[-_/.:@\d])
    """,
    re.VERBOSE | re.IGNORECASE,
)
# `type` in a row: Together, LM Studio, LiteLLM.
_TYPES = {"chat", "llm", "vlm", "language", "completion", "responses"}


def writes_text(model: str, row: Mapping[str, Any] | None = None) -> bool:
    """Return whether the model can answer in a chat. Unknown names can."""
    declared = _declared(row or {})
    return not _OTHERS.search(model) if declared is None else declared


def _declared(row: Mapping[str, Any]) -> bool | None:
    """Return what the endpoint's list says about the model, or None if it says nothing."""
    abilities = row.get("capabilities")  # Mistral
    if isinstance(abilities, Mapping) and isinstance(abilities.get("completion_chat"), bool):
        return bool(abilities["completion_chat"])
    shape = row.get("architecture")  # OpenRouter
    if isinstance(shape, Mapping) and isinstance(shape.get("output_modalities"), list):
        return "text" in shape["output_modalities"]
    kind = row.get("type") or row.get("mode")
    if isinstance(kind, str) and kind.lower() not in {"model", ""}:
        return kind.lower() in _TYPES
    return None
