"""A text is cut into the same terms however its words are written, in linear time."""

import time
import unicodedata

import pytest

from assistants_app.domain.words.tokens import composed, tokens


def terms(text: str) -> list[str]:
    return [token.term for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Kranich”", ["kranich"]),
        ("»Kranich« ‚Kranich‘ «Kranich»", ["kranich"] * 3),
        ("client’s client's clientʼs", ["client", "s"] * 3),
        ("l’été", ["l", "ete"]),
        ("draft – due—soon…", ["draft", "due", "soon"]),
        ("a\u00a0no-break\u202fspace\u2009here", ["a", "no", "break", "space", "here"]),
        (
            "co\u00adoperate inter\u200bnational \ufeffstart",
            ["cooperate", "international", "start"],
        ),
        ("ﬁnal ｆｕｌｌ Ⅳ", ["final", "full", "iv"]),
        ("Straße STRASSE", ["strasse"] * 2),
        ("İstanbul istanbul ISTANBUL ıstanbul", ["istanbul"] * 4),
        ("Łódź Ørsted Đorđe Æther œuvre", ["lodz", "orsted", "dorde", "aether", "oeuvre"]),
        ("Ελλάδα ΕΛΛΆΔΑ", ["ελλαδα"] * 2),
        ("ёж Ёж еж", ["еж"] * 3),
        ("мой мои Київ", ["мой", "мои", "київ"]),
        ("đường Nguyễn", ["duong", "nguyen"]),
        ("snake_case b2b 1,234.50", ["snake", "case", "b2b", "1", "234", "50"]),
        ("10⁶ m²", ["10", "6", "m", "2", "m2"]),
        ("H₂O", ["h", "2", "o", "h2o"]),
        ("word¹ Kranich¹²", ["word", "1", "kranich", "12"]),
        ("¹⁴C 50 ㎡", ["14", "c", "14c", "50", "m2"]),
        ("كِتَابٌ كتاب كتـــاب", ["كتاب"] * 3),
        ("أحمد احمد إلى الى مدرسة مدرسه", ["احمد"] * 2 + ["الي"] * 2 + ["مدرسه"] * 2),
        ("کتاب كتاب", ["كتاب"] * 2),
        ("٢٠٢٤ ۲۰۲۴ २०२४", ["2024"] * 3),
        ("שָׁלוֹם שלום", ["שלום"] * 2),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("done 🎉", ["done", "🎉"]),
        ("…!?  —", []),
    ],
)
def test_words_of_scripts_with_spaces(text: str, expected: list[str]) -> None:
    assert terms(text) == expected
    # However the letters are composed, as on macOS.
    assert terms(unicodedata.normalize("NFD", text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("机器学习", ["机", "机器", "器", "器学", "学", "学习", "习"]),
        ("猫", ["猫"]),
        ("iPhone手机", ["iphone", "手", "手机", "机"]),
        ("食べる", ["食", "食べ", "べる"]),
        ("ｶﾞﾗｽ ガラス", ["ガラ", "ラス"] * 2),
        ("서울에서", ["서", "서울", "울", "울에", "에", "에서", "서"]),
        ("ที่นี่", ["ที่นี่"]),
        ("ภาษา", ["ภา", "าษ", "ษา"]),
        ("ພາສາ", ["ພາ", "າສ", "ສາ"]),
        ("ភាសា", ["ភាសា"]),
        ("စာအုပ်", ["စာအု", "အုပ်"]),
    ],
)
def test_scripts_without_spaces_are_cut_into_pairs(text: str, expected: list[str]) -> None:
    assert terms(text) == expected
    assert terms(unicodedata.normalize("NFD", text)) == expected


def test_a_search_needs_no_single_characters() -> None:
    assert [token.term for token in tokens("学习猫", singles=False)] == ["学习", "习猫"]
    assert [token.term for token in tokens("猫", singles=False)] == ["猫"]


def test_tokens_know_their_place_and_their_characters() -> None:
    text = "L’été, 学习 now"
    found = [(token.place, composed(text)[token.start : token.end]) for token in tokens(text)]
    assert found == [
        (1, "L"),
        (2, "été"),
        (3, "学"),
        (3, "学习"),
        (4, "习"),
        (5, "now"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "é",
        "a\u0301",
        "\u0301",
        "word ",
        "学",
        "ก่",
        "ก\u200b",
        "서",
        "a'",
        "-",
        "1.",
        "\u00ad",
        "½",
        "🎉",
    ],
)
def test_any_text_takes_linear_time(text: str) -> None:
    started = time.perf_counter()
    for _ in tokens(text * 100_000):
        pass
    assert time.perf_counter() - started < 5  # quadratic time would take minutes
