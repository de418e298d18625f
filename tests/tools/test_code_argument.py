"""The code of a call while the model is still writing its JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.errors import ToolError
from assistants_app.tools.code_interpreter.arguments import CodeArgument


def read(pieces: list[str]) -> tuple[str, str]:
    """Return the code that was shown piece by piece, and the whole code."""
    argument = CodeArgument()
    shown = "".join(argument.feed(piece) for piece in pieces)
    return shown, argument.whole()


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


@given(
    code=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    places=st.lists(st.integers(0, 10_000), max_size=20),
    ascii_only=st.booleans(),
)
def test_the_code_is_complete_wherever_the_json_is_cut(
    code: str, places: list[int], ascii_only: bool
) -> None:
    written = json.dumps({"code": code}, ensure_ascii=ascii_only)
    assert read(cut(written, places)) == (code, code)


def test_code_is_shown_as_soon_as_it_is_certain() -> None:
    argument = CodeArgument()
    pieces = ['{"co', 'de": "a', "\\", "nb\\u00", "e9\\ud83d", "\\ude00", 'c", "x": 1}']
    shown = [argument.feed(piece) for piece in pieces]
    assert shown == ["", "a", "", "\nb", "é", "😀", "c"]
    assert argument.whole() == "a\nbé😀c"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (r'{"code": "x=\u00001"}', "x=\ufffd1"),
        (r'{"code": "print(\"\u017c\ud83d\ude00\u0000\")"}', 'print("ż😀\ufffd")'),
        (r'{"code": "s = \ud83d"}', "s = \ufffd"),
        (r'{"code": "s = \ude00\ud83d!"}', "s = \ufffd\ufffd!"),
        ('{"code": "a\0b"}', "a\ufffdb"),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_cannot_be_stored_is_replaced(written: str, code: str, size: int) -> None:
    pieces = [written[start : start + size] for start in range(0, len(written), size)]
    assert read(pieces) == (code, code)


@pytest.mark.parametrize("written", ["print(1)", "  x = {'a': 1}\nx", "# {"])
def test_bare_code_is_accepted(written: str) -> None:
    assert read(list(written)) == (written, written)


def test_code_after_another_argument_is_shown_at_the_end() -> None:
    argument = CodeArgument()
    assert argument.feed('{"language": "python", "code": "1 + 1"}') == ""
    assert argument.whole() == "1 + 1"


def test_unescaped_line_breaks_are_accepted() -> None:
    assert read(['{"code": "a\nb"}']) == ("a\nb", "a\nb")


@pytest.mark.parametrize("written", ["", "{}", '{"code": 1}', '{"code": "a', '{"source": "a"}'])
def test_arguments_without_code_are_an_error_for_the_model(written: str) -> None:
    with pytest.raises(ToolError, match="one string"):
        read([written])


def test_an_escape_that_json_does_not_have_is_an_error_for_the_model() -> None:
    argument = CodeArgument()
    assert [argument.feed(piece) for piece in ('{"code": "a', "\\(", 'b"}')] == ["a", "", ""]
    with pytest.raises(ToolError):
        argument.whole()
