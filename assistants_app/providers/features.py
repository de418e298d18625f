"""What models can do, as known from their names, their endpoint's list and its refusals."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Abilities of a model; None if unknown.

    `reasoning` means that it accepts a reasoning effort, `sampling` temperature and top P.
    """

    tools: bool | None = None
    vision: bool | None = None
    json_schema: bool | None = None
    reasoning: bool | None = None
    sampling: bool | None = None


_PLAIN = Features(tools=True, vision=False, json_schema=False, reasoning=False, sampling=True)
_OMNI = replace(_PLAIN, vision=True, json_schema=True)
_REASONING = Features(tools=True, vision=True, json_schema=True, reasoning=True, sampling=False)
_FIRST_REASONING = Features(
    tools=False, vision=False, json_schema=False, reasoning=False, sampling=False
)

# The vendor's own models by the start of their names; the first match counts. Source: what its API
# was found to refuse, see community.openai.com/t/1110750 (before GPT-5) and /t/1371738 (GPT-5).
_FAMILIES = (
    (r"o1-(mini|preview)", _FIRST_REASONING),
    (r"o3-mini", replace(_REASONING, vision=False)),
    (r"o\d", _REASONING),
    (r"gpt-5-chat", Features(vision=True, reasoning=False)),
    (r"gpt-5[\w.]*-(chat|search)", Features()),
    # Later ones can be asked not to reason. Only some of them then accept a temperature.
    (r"gpt-5\.\d", replace(_REASONING, sampling=None)),
    (r"gpt-5", _REASONING),
    (r"gpt-4o[\w-]*-(audio|realtime|search|transcribe|tts)", Features()),
    (r"chatgpt-4o", replace(_OMNI, tools=False, json_schema=False)),
    (r"gpt-4o-2024-05-13", replace(_OMNI, json_schema=False)),
    (r"(gpt-4o|gpt-4\.[15])", _OMNI),
    (r"gpt-4-turbo(?!-preview)", replace(_PLAIN, vision=True)),
    (r"gpt-4-[\w-]*vision", Features(vision=True)),
    (r"gpt-(4|3\.5)", _PLAIN),
)

# Context windows of the vendor's models in tokens, from its pages about models: its list of models
# lacks them. Families that still grow have only the members whose window is known.
_WINDOWS = (
    (r"gpt-3\.5-turbo(?!-instruct)", 16_385),
    (r"gpt-4-32k", 32_768),
    (r"gpt-4-(turbo|1106|0125|vision)", 128_000),
    (r"gpt-4(-\d{4})?$", 8_192),
    (r"(chatgpt-4o|gpt-4o|gpt-4\.5|gpt-5-chat|o1-mini|o1-preview)", 128_000),
    (r"gpt-4\.1", 1_047_576),
    (r"o[134]\b", 200_000),
    (r"gpt-5(\.[12])?(-mini|-nano|-pro)?(-\d{4}-\d\d-\d\d)?$", 400_000),
)


def features_by_name(model: str) -> Features:
    """Return the features of one of the vendor's models, also with a proxy's prefix.

    The features of other models are unknown.
    """
    return next((known for family, known in _FAMILIES if _belongs_to(family, model)), Features())


def window_by_name(model: str) -> int | None:
    """Return the context window of one of the vendor's models in tokens, or None if unknown."""
    return next((tokens for family, tokens in _WINDOWS if _belongs_to(family, model)), None)


def _belongs_to(family: str, model: str) -> bool:
    return re.match(family, model.rsplit("/", 1)[-1].lower()) is not None


def features_of_row(model: str, row: Mapping[str, Any]) -> Features:
    """Return the features in a row of an endpoint's list (OpenRouter, Mistral).

    Features that the row does not mention come from the model's name.
    """
    known: dict[str, bool] = {}
    taken = row.get("supported_parameters")
    if isinstance(taken, list) and taken:
        known = {
            "tools": "tools" in taken,
            "json_schema": "structured_outputs" in taken,
            "reasoning": "reasoning" in taken,
            "sampling": "temperature" in taken,
        }
    architecture = row.get("architecture")
    if isinstance(architecture, dict) and isinstance(architecture.get("input_modalities"), list):
        known["vision"] = "image" in architecture["input_modalities"]
    can = row.get("capabilities")
    if isinstance(can, dict):
        names = {"function_calling": "tools", "vision": "vision"}
        known |= {
            ours: can[name] for name, ours in names.items() if isinstance(can.get(name), bool)
        }
    return replace(features_by_name(model), **known)


def without(features: Features, refused: Set[str]) -> Features:
    """Return `features` with the refused ones set to False."""
    return replace(features, **dict.fromkeys(refused, False))
