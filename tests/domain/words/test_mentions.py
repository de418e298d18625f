"""Who is mentioned in a text."""

import pytest

from assistants_app.domain.words.mentions import mentioned_names, split_at_mentions

NAMES = ["ada", "bob", "Bob.B", "eve@example.org", "Zoë", "x", "X", "Ann", "Ann Lee"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada", ["ada"]),
        ("Hi @ada, @bob and @ada!", ["ada", "bob"]),
        ("@ADA.", ["ada"]),
        ("ask @Bob.B.", ["Bob.B"]),
        ("ask @bob. Then go on.", ["bob"]),
        ("(@zoë)", ["Zoë"]),
        ("@eve@example.org", ["eve@example.org"]),
        ("me@ada", []),
        ("@adam", []),
        ("@@ada", []),
        ("@ ada", []),
        ("@x @X", ["x", "X"]),
        ("@ann lee, and @Ann.", ["Ann Lee", "Ann"]),
        ("@Ann Leeds", ["Ann"]),
        ("<b>@ada</b>", ["ada"]),
        ("@" + "." * 1000, []),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    assert mentioned_names(text, NAMES) == names
    assert "".join(piece for piece, _ in split_at_mentions(text, NAMES)) == text


def test_a_name_that_is_alike_to_two_is_nobody() -> None:
    assert mentioned_names("@ADA", ["ada", "Ada"]) == []
    assert mentioned_names("@Ada", ["ada", "Ada"]) == ["Ada"]
