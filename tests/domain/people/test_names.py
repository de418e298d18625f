"""Names and addresses as people type them."""

import pytest

from assistants_app.domain.people.names import initials, tidy_address, tidy_name


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
