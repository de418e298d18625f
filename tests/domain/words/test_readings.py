"""The ways in which a text can be read."""

import pytest

from assistants_app.domain.words.readings import folded, readings, readings_as_shown


def values(text: str) -> list[str]:
    return [reading.value for reading in readings(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain.txt", ["plain.txt"]),
        ("a%20b", ["a-20b", "a b"]),
        ("a%2520b", ["a-2520b", "a-20b", "a b"]),
        (r"a\nb", ["a-nb", "a b"]),
        ("a&amp;#95;b", ["a-amp--95-b", "a--95-b", "a-b"]),
        ("a&amp", ["a-amp"]),
    ],
)
def test_a_text_is_read_one_layer_at_a_time(text: str, expected: list[str]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("a **b** c", ["a --b-- c"]),
        ("a**b**c", ["a--b--c", "abc"]),
        ("a%2A%2Ab", ["a-2a-2ab", "a--b", "ab"]),
        ("[a](b) c", ["-a--b- c", "-a c"]),
        ("a<br>b<i>c</i>", ["a-br-b-i-c--i-", "a bc"]),
    ],
)
def test_what_formats_a_text_is_left_out_of_another_reading(text: str, expected: list[str]) -> None:
    assert [reading.value for reading in readings_as_shown(text)] == expected


def test_no_more_layers_are_taken_off_than_there_usually_are() -> None:
    assert len(values("%25252525252525252520")) == 4


def test_each_character_knows_where_it_is() -> None:
    text = "x é%C3%BC%E6%97%A5\\ud83d\\udd25&#95;z"
    [_, last] = readings(text)
    where = {
        char: text[start:end]
        for char, start, end in zip(last.value, last.starts, last.ends, strict=True)
    }
    assert where == {
        "x": "x",
        " ": " ",
        "e": "é",
        "u": "%C3%BC",
        "日": "%E6%97%A5",
        "🔥": "\\ud83d\\udd25",
        "-": "&#95;",
        "z": "z",
    }


@pytest.mark.parametrize(
    ("char", "expected"),
    [
        ("É", "e"),
        ("ß", "ss"),
        ("\u0301", ""),
        ("\u200b", ""),
        ("\n", " "),
        ("_", "-"),
        ("．", "."),
        ("\x01", ""),
    ],
)
def test_characters_lose_what_does_not_distinguish_names(char: str, expected: str) -> None:
    assert folded(char) == expected
