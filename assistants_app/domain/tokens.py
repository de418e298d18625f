"""Token counts where no provider has counted them.

They are exact for models that use o200k_base and an estimate for others.
"""

from functools import cache
from importlib import import_module
from typing import Any

# Characters per call. The encoder refuses a text of more than 200,000 tokens. A character has up to
# four bytes, and each can be a token.
MOST = 50_000


def count_tokens(text: str) -> int:
    """Return the number of tokens of `text` in o200k_base.

    A text is counted in pieces of ``MOST`` characters, so a longer one may count a few too many.
    """
    return sum(
        len(_load_encoding().encode_ordinary(text[start : start + MOST]))
        for start in range(0, len(text), MOST)
    )


def estimate_tokens(text: str) -> float:
    """Return roughly the number of tokens of `text`, without loading the vocabulary.

    Within a third of the count for English, code, and scripts that aren't Latin.
    """
    plain = sum(map(str.isascii, text))
    return plain / 4 + (len(text) - plain) / 2


@cache
def _load_encoding() -> Any:
    # Imported at the first count: the vocabulary takes 140 MB, and many processes never count.
    return import_module("bpe_openai").get_encoding("o200k_base")
