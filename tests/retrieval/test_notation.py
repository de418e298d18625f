"""Exponents, list numbers and right-to-left lines, apart from the formats that contain them."""

import time
from collections.abc import Callable

import pytest

from assistants_app.retrieval.extract.notation.bidi import in_reading_order
from assistants_app.retrieval.extract.notation.counting import FORMATS, STYLES, counted
from assistants_app.retrieval.extract.notation.scripts import lowered, raised, rendered
from assistants_app.retrieval.extract.readers.html.css import positions_of_classes
from assistants_app.retrieval.extract.readers.html.source import as_html, parsing_work
from assistants_app.retrieval.extract.readers.pdf.layout import Word
from assistants_app.retrieval.extract.readers.pdf.scripts import with_scripts_joined


@pytest.mark.parametrize(
    ("before", "above", "shown"),
    [
        ("10", "6", "10⁶"),
        ("10", "−3", "10⁻³"),
        ("10", "1.5", "10^1.5"),
        ("x", "n+1", "x^(n+1)"),
        ("x", "2a", "x^2a"),
        ("(a+b)", "k", "(a+b)^k"),
        ("1", "st", "1st"),
        ("1", "er", "1er"),
        ("M", "me", "Mme"),
        ("n", "o", "no"),
        ("Kranich", "TM", "Kranich™"),
        ("fact", "[1]", "fact[1]"),
        ("fact", "*", "fact*"),
        ("fact", "12", "fact¹²"),
        ("fact", "1,2", "fact^1,2"),
        ("word ", "raised for its looks", "word raised for its looks"),
    ],
)  # fmt: skip
def test_raised_text_never_changes_a_number(before: str, above: str, shown: str) -> None:
    assert rendered(before + raised(above)) == shown


def test_lowered_text_stays_apart() -> None:
    assert rendered("H" + lowered("2") + "O, V" + lowered("max")) == "H₂O, V_max"
    assert rendered("x" + lowered("i+1")) == "x_(i+1)"


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (4, "lowerRoman", "iv"), (1999, "upperRoman", "MCMXCIX"), (28, "lowerLetter", "bb"),
        (52, "upperLetter", "ZZ"), (3, "ordinal", "3rd"), (112, "ordinal", "112th"),
        (21, "ordinalText", "Twenty-First"), (20, "ordinalText", "Twentieth"),
        (105, "chineseCounting", "一百零五"), (10, "chineseCounting", "十"),
        (15, "hebrew1", "טו"), (116, "hebrew1", "קטז"), (0, "decimal", "0"),
        (-3, "lowerLetter", "-3"), (10**9, "upperRoman", "1000000000"), (5, "bullet", ""),
    ],
)  # fmt: skip
def test_numbers_have_the_format_of_their_list(number: int, form: str, shown: str) -> None:
    assert counted(number, form) == shown


def test_every_format_counts_far() -> None:
    for count in (*FORMATS.values(), *STYLES.values()):
        assert all(count(number) for number in (1, 2, 30, 400, 5000, 999_999))


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("(abc)", "(abc)"),
        ("םלוע םולש", "שלום עולם"),
        (".2023 תנשב", "בשנת 2023."),
        ("7.5% לש", "של 7.5%"),
        ("(Kranich Ltd) לש", "של (Kranich Ltd)"),
        ("2024 2023", "2024 2023"),
        ("(א)3", "3(א)"),
    ],
)
def test_lines_from_the_right_are_put_in_reading_order(seen: str, read: str) -> None:
    assert in_reading_order(seen, page_from_right=True) == read


def test_words_from_the_right_in_a_line_from_the_left_are_turned() -> None:
    line = in_reading_order("Say םלוע םולש to 3 people", page_from_right=False)
    assert line == "Say שלום עולם to 3 people"


def place_many_digits(count: int) -> None:
    words = [Word("harbour", 0, 0, 50, 12)] * count + [Word("6", 50, 0, 54, 7)] * count
    with_scripts_joined(words)


HOSTILE: list[tuple[Callable[[], object], str]] = [
    (lambda: rendered(raised("2") * 30_000), "exponents in a row"),
    (lambda: rendered("\ufdd0" * 100_000), "marks that never end"),
    (lambda: rendered(("x" + raised("(" * 100)) * 1000), "brackets"),
    (lambda: in_reading_order("א" + "1" * 50_000 + "%" * 50_000, True), "numbers"),
    (lambda: in_reading_order("א" + "(" * 100_000, True), "brackets"),
    (lambda: in_reading_order("אa" * 50_000, True), "turns"),
    (lambda: positions_of_classes("." * 100_000), "dots"),
    (lambda: positions_of_classes(".a{vertical-align:super}" * 5000), "rules"),
    (lambda: positions_of_classes("vertical-align" * 7000 + "{"), "no rule"),
    (lambda: as_html("<a " * 33_000), "open tags"),
    (lambda: as_html("<a" + " " * 100_000), "spaces"),
    (lambda: as_html("<a" + "/" * 100_000), "slashes"),
    (lambda: parsing_work("<" * 100_000), "brackets"),
    (lambda: place_many_digits(3000), "digits in one place"),
]


@pytest.mark.parametrize("act", [act for act, _ in HOSTILE], ids=[name for _, name in HOSTILE])
def test_hostile_text_takes_no_long_time(act: Callable[[], object]) -> None:
    started = time.process_time()
    act()
    assert time.process_time() - started < 1
