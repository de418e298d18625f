"""Names and addresses as people type them."""

import pytest

from assistants_app.domain.people.names import initials, is_same_name, tidy_address, tidy_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann Lee", "AL"),
        ("Ann Maria van der Lee", "AL"),
        ("ann", "A"),
        ("ann.lee@example.org", "AL"),
        ("x_y-z", "XZ"),
        ("Ann O’Neil", "AO"),
        ("किरण", "क"),
        ("<b>", "B"),
        ("@", "?"),
        ("Ørsted Ångström", "ØÅ"),
        ("王 小明", "王小"),
        ("ßeta", "S"),
        ("(Ann) “Lee”", "AL"),
        ("👩‍🚀 Ann", "A"),
        ("", "?"),
        ("… —", "?"),
    ],
)
def test_an_avatar_has_the_initials_of_the_first_and_the_last_word(
    name: str, expected: str
) -> None:
    assert initials(name) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann \t\n Lee ", "Ann Lee"),
        ("Ann\0Lee", "AnnLee"),
        ("\u202eeeL nnA", "eeL nnA"),
        ("Ann\ud800", "Ann"),
        ("e\u0301va", "éva"),
        ("👩‍🚀", "👩‍🚀"),
        ("\u200b\u2060", ""),
    ],
)
def test_a_name_keeps_what_can_be_seen(typed: str, kept: str) -> None:
    assert tidy_name(typed) == kept


def test_addresses_are_compared_in_lower_case() -> None:
    assert tidy_address(" Ann@Example.ORG\n") == "ann@example.org"


@pytest.mark.parametrize(
    ("typed", "name", "is_same"),
    [
        (" A  B ", "A B", True),
        ("A B", "A  B", True),
        ("Cafe\u0301", "Caf\u00e9", True),
        ("AB", "A\u200bB", True),
        ("a b", "A B", True),
        ("AB", "A B", False),
        ("", "A", False),
    ],
)
def test_a_name_is_typed_again(typed: str, name: str, is_same: bool) -> None:
    assert is_same_name(typed, name) is is_same
