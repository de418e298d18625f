"""Counts tokens where no provider has counted them: an estimate for models of other vendors."""

from functools import cache
from importlib import import_module
from typing import Any

MOST = 900_000  # characters that the counter takes at once


def count_tokens(text: str) -> int:
    """Tokens of `text` in o200k_base; a few more for one that is longer than a million letters."""
    return sum(
        len(_encoding().encode_ordinary(text[start : start + MOST]))
        for start in range(0, len(text), MOST)
    )


@cache
def _encoding() -> Any:
    """The vocabulary: 140 MB of memory, which a process that never counts should not pay."""
    return import_module("bpe_openai").get_encoding("o200k_base")
