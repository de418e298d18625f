"""Cells that spreadsheets must not calculate."""

import pytest

from assistants_app.domain.documents.cells import csv_line, with_apostrophe, without_apostrophe


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-x", "'-x"),
        ("+x", "'+x"),
        ("\tx", "'\tx"),
        ("'=x", "''=x"),
        ("-5", "-5"),
        ("+3.5%", "+3.5%"),
        ("'tis", "'tis"),
        ("", ""),
    ],
)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str, written: str) -> None:
    assert with_apostrophe(text) == written
    assert without_apostrophe(written) == text


def test_a_line_of_csv_quotes_what_it_has_to() -> None:
    assert csv_line(["a", 'b"c', "d,e", "f\ng"]) == 'a,"b""c","d,e","f\ng"\r\n'
