"""The sentence that a reply is about is found by the words that they share."""

import pytest

from assistants_app.domain.words.sentences import split_at_sentence

TEXT = (
    "# The harbour\nThe old pier was built in 1907 by Ada Quarrel. It is 212 metres long, "
    "e.g. for ferries.\n港は1907年に建てられた。灯台は古い。"
)


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (
            "The pier was built by Ada Quarrel in 1907",
            "The old pier was built in 1907 by Ada Quarrel.",
        ),
        ("Quarrel's", "The old pier was built in 1907 by Ada Quarrel."),
        ("Its length: 212 m", "It is 212 metres long, e.g. for ferries."),
        ("灯台はとても古い", "灯台は古い。"),
        ("harbours", "# The harbour"),
        ("A zebra.", ""),
        ("", ""),
    ],
)
def test_the_sentence_with_the_words_is_found(about: str, sentence: str) -> None:
    before, found, after = split_at_sentence(TEXT, about)
    assert found == sentence
    assert before + found + after == TEXT


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "a.b"])
def test_any_text_is_split_without_loss(text: str) -> None:
    assert "".join(split_at_sentence(text, "a b")) == text
