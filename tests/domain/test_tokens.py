"""Token counts of texts of any length."""

import pytest

from assistants_app.domain.tokens import count_tokens


def test_a_text_of_any_length_is_counted() -> None:
    assert count_tokens("") == 0
    assert count_tokens("one two three") == 3
    assert count_tokens("word " * 300_000) in range(300_000, 300_050)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("\U000e0041" * 250_000, 1_000_000),
        ("ሀ" * 240_000, 480_000),
        ("中" * 250_000, 250_000),
        ("😀" * 250_000, 250_000),
        ("QmFzZTY0" * 60_000, 420_000),
    ],
    ids=["tags", "Amharic", "Chinese", "emoji", "base64"],
)
def test_a_text_of_many_tokens_is_counted(text: str, tokens: int) -> None:
    assert count_tokens(text) == pytest.approx(tokens, rel=0.001)
