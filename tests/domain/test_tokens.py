"""Token counts of texts of any length."""

from assistants_app.domain.tokens import count_tokens


def test_a_text_of_any_length_is_counted() -> None:
    assert count_tokens("") == 0
    assert count_tokens("one two three") == 3
    assert count_tokens("word " * 300_000) in range(300_000, 300_010)
