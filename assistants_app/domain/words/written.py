"""What a message says."""

from collections.abc import Mapping, Sequence
from typing import Any


def written_text(content: Sequence[Mapping[str, Any]]) -> str:
    """Return the texts and refusals of a message's content, without its images."""
    # A part is either a refusal, which is a string, or a text with a value.
    texts = (
        part.get("refusal") or part["text"]["value"]
        for part in content
        if part["type"] in ("text", "refusal")
    )
    return "\n\n".join(filter(None, texts))
