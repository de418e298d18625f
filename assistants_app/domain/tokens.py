"""Counts tokens where no provider has counted them: an estimate for models of other vendors."""

from functools import cache
from importlib import import_module
from typing import Any


def count_tokens(text: str) -> int:
    """Tokens of `text` in o200k_base."""
    return len(_encoding().encode_ordinary(text))


@cache
def _encoding() -> Any:
    """The vocabulary: 140 MB of memory, which a process that never counts should not pay."""
    return import_module("bpe_openai").get_encoding("o200k_base")
