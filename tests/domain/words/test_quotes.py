"""Where quoted lines are in another version."""

import pytest

from assistants_app.domain.words.quotes import lines_of, place_of

LINES = lines_of("a\r\nb\nc\x0bd\n\nb\n")


def test_lines() -> None:
    assert LINES == ["a", "b", "c\x0bd", "", "b", ""]
    assert lines_of(None) == [""]


@pytest.mark.parametrize(
    ("quote", "near", "place"),
    [("b", 1, 2), ("b", 5, 5), ("b\nc\x0bd", 9, 2), ("c", 3, None), ("b\n\n", 5, None)],
)
def test_the_nearest_place(quote: str, near: int, place: int | None) -> None:
    assert place_of(quote, LINES, near) == place
