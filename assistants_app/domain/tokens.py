"""Counts tokens where no provider has counted them: an estimate for models of other vendors."""

from functools import cache

from bpe_openai import Encoding, get_encoding


def count_tokens(text: str) -> int:
    """Tokens of `text` in o200k_base. The vocabulary (140 MB) is loaded with the first call."""
    return len(_encoding().encode_ordinary(text))


@cache
def _encoding() -> Encoding:
    return get_encoding("o200k_base")
