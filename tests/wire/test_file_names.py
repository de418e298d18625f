"""Names of files are the last component of what the sender gave, without control characters."""

import pytest

from assistants_app.wire.file_names import base_name

NAMES = [
    ("report.pdf", "report.pdf"),
    ("../../x.txt", "x.txt"),
    ("/etc/passwd", "passwd"),
    ("C:\\a\\b.txt", "b.txt"),
    ("\\\\server\\share\\Übersicht 2024.xlsx", "Übersicht 2024.xlsx"),
    ("a/b\\c/d.csv", "d.csv"),
    ("folder/", "folder"),
    ("folder/..", "folder"),
    ("report.", "report"),
    ("report.txt. . ", "report.txt"),
    ("  notes.md  ", "notes.md"),
    (".env", ".env"),
    ("..secret", "..secret"),
    (".", "upload"),
    ("..", "upload"),
    ("../..", "upload"),
    ("", "upload"),
    (" / ", "upload"),
    ("\0", "upload"),
    ("a.txt\0.exe", "a.txt.exe"),
    ("two\r\nlines.txt", "two lines.txt"),
    ("tab\tand\x0bfeed.txt", "tab and feed.txt"),
    ("para\u2029graph\x85.txt", "para graph .txt"),
    ("bell\x07\x1b[31m.txt", "bell[31m.txt"),
    ("del\x7f\x9bete.txt", "delete.txt"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("\u2067שלום\u2069.txt", "שלום.txt"),
    # Not separators, and needed to write the name.
    ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
    ("👩\u200d🚀.png", "👩\u200d🚀.png"),
    ("a／b.txt", "a／b.txt"),
    ("50% … “x”.txt", "50% … “x”.txt"),
]


@pytest.mark.parametrize(("given", "name"), NAMES)
def test_a_name_is_the_last_component(given: str, name: str) -> None:
    assert base_name(given) == name
    assert base_name(name) == name
