"""Searches for exact words, and the words of questions."""

import time

import pytest

from assistants_app.domain.words.marking import mark_stems, mark_words
from assistants_app.domain.words.searches import (
    MOST_TERMS,
    exact_query,
    exact_terms,
    question_terms,
)
from assistants_app.domain.words.tokens import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sunny Oslo", "'sunny' & 'oslo'"),
        ('"sunny in Oslo"', "('sunny' <1> 'in' <1> 'oslo')"),
        ("“sunny in Oslo”", "('sunny' <1> 'in' <1> 'oslo')"),
        ("sunny -rain", "'sunny' & !'rain'"),
        ('-"heavy rain" sunny', "!('heavy' <1> 'rain') & 'sunny'"),
        ("sun or rain snow", "('sun') | ('rain' & 'snow')"),
        ("or sun or", "'sun'"),
        ("l’été", "'ete'"),
        ("client’s", "'client'"),
        ("O'Brien", "'brien'"),
        ("example.com", "('example' <1> 'com')"),
        ("draft – due", "'draft' & 'due'"),
        ("学习", "'学习'"),
        ("机器学习", "('机器' <1> '器学' <1> '学习')"),
        ("iPhone手机壳x", "('iphone' <1> '手机' <1> '机壳' <2> 'x')"),
        ("你好，世界", "'你好' & '世界'"),
        ("H₂O", "'h2o'"),
        ('"CO₂ im Meer"', "('co2' <1> 'im' <1> 'meer')"),
        ("5 km² 10⁶", "'5' & 'km2' & ('10' <1> '6')"),
        ("!!! – ' | & \\ : *", ""),
        ("", ""),
    ],
)
def test_exact_searches(text: str, expected: str) -> None:
    assert exact_query(text) == expected


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("H₂O", "H2O"),
        ("C₆H₁₂O₆", "c6h12o6"),
        ("SO₄²⁻", "SO4"),
        ("CO₂-neutral", "CO2-neutral"),
        ("x₁", "x1"),
        ("5 m²", "5 m2"),
        ("дм³", "дм3"),
        ("¹⁴C", "14C"),
    ],
)
def test_raised_and_lowered_numbers_and_plain_ones_find_each_other(text: str, typed: str) -> None:
    for one, other in ((text, typed), (typed, text)):
        assert set(question_terms(one, limit=9)) & set(question_terms(other, limit=9))
    for search in (text if text != "SO₄²⁻" else typed, typed):
        for stored in (text, typed):
            found = {token.term for token in tokens(stored)}
            assert exact_terms(search) <= found


def test_phrases_have_the_same_distances_beside_lowered_numbers() -> None:
    for stored in ("CO₂ im Meer", "CO2 im Meer"):
        places = {token.term: token.place for token in tokens(stored)}
        assert (places["co2"], places["im"], places["meer"]) == (1, 2, 3)


def test_marks_of_footnotes_do_not_hide_their_words() -> None:
    assert mark_words("Kranich¹ und word²", "kranich word") == [
        ("Kranich", True),
        ("¹ und ", False),
        ("word", True),
        ("²", False),
    ]
    assert mark_words("ein AI¹", "ai") == [("ein ", False), ("AI", True), ("¹", False)]
    assert mark_words("mit H₂O", "h2o") == [("mit ", False), ("H₂O", True)]


def test_long_searches_are_short_queries() -> None:
    started = time.perf_counter()
    for text in ("word " * 1_000_000, '"' * 1_000_000, "学" * 1_000_000, "a-" * 500_000):
        assert exact_query(text).count("'") <= 2 * MOST_TERMS
        assert len(question_terms(text, limit=16)) <= 16
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What are the running costs?", ["run", "cost"]),
        ("How do I fix ERR-4711 in report_v2.pdf?",
         ["fix", "err", "4711", "err.4711", "report", "v2", "pdf", "report.v2.pdf"]),
        ("Python 3.11", ["python", "3", "11", "3.11"]),
        ("the client’s l’été", ["client", "ete"]),
        ("什么是机器学习的方法？", ["机器", "器学", "学习", "方法"]),
        ("寿司について", ["寿司", "司に"]),
        ("книги книга", ["книг"]),
        ("what is the", []),
        ("متى أستعيد مبلغ الضمان؟", ["استعيد", "مبلغ", "ضمان"]),
        ("المدرسة مدرسة للمدرسة", ["مدرس"]),
        ("Wie viel Wasser muss jeder dabeihaben?", ["wasser", "jeder", "dabeihaben"]),
        ("Combien de temps dure le trajet ?", ["temp", "dure", "trajet"]),
        ("Die hard", ["die", "hard"]),
        ("the war of the worlds", ["war", "world"]),
    ],
)  # fmt: skip
def test_words_of_questions(question: str, expected: list[str]) -> None:
    assert question_terms(question, limit=16) == expected


def marked(pieces: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if is_word else text for text, is_word in pieces)


def test_found_words_are_marked_as_they_are_written() -> None:
    assert marked(mark_words("Der „KRANICH“ zieht.", "kranich -zieht")) == "Der „[KRANICH]“ zieht."
    assert marked(mark_words("我们学习机器学习", "机器学习")) == "我们[学习][机器学习]"
    assert marked(mark_stems("Running costs in ERR-4711", "cost of runs, ERR-4711?")) == (
        "[Running] [costs] in [ERR-4711]"
    )
    assert marked(mark_stems("Nothing here", "zebra")) == "Nothing here"
