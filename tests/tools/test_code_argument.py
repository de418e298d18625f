"""The code of a call while its JSON is still being written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.errors import ToolError
from assistants_app.tools.code_interpreter.arguments import CodeArgument


def read(pieces: list[str]) -> tuple[str, str]:
    """What was shown while the pieces came, and the whole."""
    argument = CodeArgument()
    shown = "".join(argument.take(piece) for piece in pieces)
    return shown, argument.whole()


def cut(text: str, places: list[int]) -> list[str]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]


@given(
    code=st.text(st.characters(exclude_categories=["Cs"])),
    places=st.lists(st.integers(0, 10_000), max_size=20),
    ascii_only=st.booleans(),
)
def test_wherever_the_json_is_cut_the_code_comes_whole(
    code: str, places: list[int], ascii_only: bool
) -> None:
    written = json.dumps({"code": code}, ensure_ascii=ascii_only)
    assert read(cut(written, places)) == (code, code)


def test_code_is_shown_as_soon_as_it_is_certain() -> None:
    argument = CodeArgument()
    pieces = ['{"co', 'de": "a', "\\", "nb\\u00", "e9\\ud83d", "\\ude00", 'c", "x": 1}']
    shown = [argument.take(piece) for piece in pieces]
    assert shown == ["", "a", "", "\nb", "é", "😀", "c"]
    assert argument.whole() == "a\nbé😀c"


@pytest.mark.parametrize("written", ["print(1)", "  x = {'a': 1}\nx", "# {"])
def test_bare_code_is_taken_as_it_is(written: str) -> None:
    assert read(list(written)) == (written, written)


def test_another_order_of_the_arguments_is_shown_when_it_is_whole() -> None:
    argument = CodeArgument()
    assert argument.take('{"language": "python", "code": "1 + 1"}') == ""
    assert argument.whole() == "1 + 1"


def test_line_breaks_in_a_json_text_are_forgiven() -> None:
    assert read(['{"code": "a\nb"}']) == ("a\nb", "a\nb")


@pytest.mark.parametrize("written", ["", "{}", '{"code": 1}', '{"code": "a', '{"source": "a"}'])
def test_what_has_no_code_is_told_to_the_model(written: str) -> None:
    with pytest.raises(ToolError, match="one text"):
        read([written])
