"""Differences between two texts, word by word."""

import random
import time

import pytest

from assistants_app.domain.words.differences import differences, split_words, where_it_differs


def shown(old: str, new: str) -> str:
    """Return the differences with [-removed-] and {+added+} words."""
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in differences(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("It is 4.", "It is 4.", "It is 4."),
        ("", "New", "{+New+}"),
        ("Old", "", "[-Old-]"),
        ("The sky is blue today.", "The sky is grey today.", "The sky is [-blue-]{+grey+} today."),
        ("It costs 3.14 euros.", "It costs 3.15 euros.", "It costs [-3.14-]{+3.15+} euros."),
        (
            "今天天气很好，我们去公园。",
            "今天天气很坏，我们去公园。",
            "今天天气很[-好-]{+坏+}，我们去公园。",
        ),
        ("ผมกินข้าวที่บ้าน", "ผมกินขนมที่บ้าน", "ผมกิน[-ข้าว-]{+ขนม+}ที่บ้าน"),
        ("السلام عليكم يا صديقي", "السلام عليكم يا أخي", "السلام عليكم يا [-صديقي-]{+أخي+}"),
        ("नमस्ते दुनिया", "नमस्ते मित्र", "नमस्ते [-दुनिया-]{+मित्र+}"),
        ("| 1 | 2 |\n", "| 1 | 3 |\n", "| 1 | [-2-]{+3+} |\n"),
        ("a = 1\nreturn a\n", "a = 1\nb = 2\nreturn a\n", "a = 1\n{+b = 2\n+}return a\n"),
        ("Family: 👩‍👩‍👧", "Family: 👨‍👧", "Family: [-👩‍👩‍👧-]{+👨‍👧+}"),
    ],
)
def test_only_the_words_that_differ_are_marked(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


def test_equal_texts_are_the_same_whatever_their_length() -> None:
    text = "word " * 100_000
    assert differences(text, text) == [("same", text)]


def test_words_in_common_by_chance_do_not_cut_a_sentence_into_pieces() -> None:
    old = "Photosynthesis converts sunlight a into chemical energy."
    new = "Cooking a turns raw ingredients into meals."
    assert shown(old, new).count("[-") <= 2


def test_both_texts_can_be_read_from_the_pieces() -> None:
    chosen = random.Random(3)
    for _ in range(1000):
        old, new = (
            "".join(chosen.choice("ab \n我是.1,x ") for _ in range(chosen.randrange(40)))
            for _ in "12"
        )
        pieces = differences(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
        before = "".join(piece.text for piece in pieces if piece.kind != "added")
        assert before.replace(" ", "") == old.replace(" ", "")


def test_the_words_of_a_text_are_all_of_it() -> None:
    text = "Ünïcode, 3.5 %\n\tनमस्ते 你好\r\n👩‍👧!"
    assert "".join(split_words(text)) == text
    assert "नमस्ते" in split_words(text)
    assert "你" in split_words(text)


def long_text(seed: int, *, spaces: bool = True) -> str:
    chosen = random.Random(seed)
    words = [f"word{number}" for number in range(1500)]
    if not spaces:
        return "".join(
            chosen.choice("我们在这里比较两个很长的答案它们的内容") for _ in range(30_000)
        )
    return " ".join(words[min(int(chosen.expovariate(0.005)), 1499)] for _ in range(4_500))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (long_text(1), long_text(1).replace("word7 ", "seven ")),
        (long_text(1), long_text(2)),
        (long_text(1, spaces=False), long_text(2, spaces=False)),
        ("a " * 15_000, "a " * 14_000 + "b " * 1_000),
        ("a b " * 7_500, "b a c " * 5_000),
    ],
)
def test_long_answers_are_compared_at_once(old: str, new: str) -> None:
    differences("", "")  # compiles the pattern
    times = []
    for _ in range(3):
        begin = time.process_time()
        differences(old, new)
        times.append(time.process_time() - begin)
    assert min(times) < 0.1  # 0.02 to 0.05 on the machine that measured it


@pytest.mark.parametrize(
    ("text", "other", "shown"),
    [
        ("In one short line.", "In one long line.", "In one short line."),
        (
            "Answer the question in one line.",
            "Answer the question in two lines.",
            "…the question in one line.",
        ),
        (
            "请用一句话详细回答这个问题。",
            "请用一句话简短回答这个问题。",
            "请用一句话详细回答这个问题。",
        ),
        ("The same", "The same", "The same"),
        ("", "Anything", ""),
        ("One two three four five six", "One two three four five", "…three four five six"),
    ],
)
def test_a_text_is_named_from_where_it_differs(text: str, other: str, shown: str) -> None:
    assert where_it_differs(text, other) == shown
