"""The names of the user's files in /mnt/data."""

import pytest

from assistants_app.models import File
from assistants_app.tools.code_interpreter.names import LONGEST, described, names_in_session


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("sales.csv", "sales.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\März 1.xlsx", "März 1.xlsx"),
        ("a\nb\0c.txt", "a_b_c.txt"),
        (".bashrc", "bashrc"),
        ("Ku\u0308ndigung re\u0301sume\u0301.csv", "Kündigung résumé.csv"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af.txt", "한글.txt"),
        ("\u304b\u3099.csv", "が.csv"),
    ],
)
def test_names_are_valid_file_names(filename: str, name: str) -> None:
    file = File(id="file-1", filename=filename)
    assert names_in_session([file]) == {name: file}


def test_the_newest_of_several_files_has_the_plain_name() -> None:
    files = [File(id=f"file-{number}", filename="a.csv") for number in (1, 2, 3)]
    named = names_in_session(files)
    assert {name: file.id for name, file in named.items()} == {
        "file-1-a.csv": "file-1",
        "file-2-a.csv": "file-2",
        "a.csv": "file-3",
    }
    assert described(named) == [
        "file-1-a.csv (an older a.csv)",
        "file-2-a.csv (an older a.csv)",
        "a.csv",
    ]


def test_two_spellings_of_a_name_are_the_same_name() -> None:
    files = [
        File(id="file-1", filename="re\u0301sume\u0301.csv"),
        File(id="file-2", filename="r\u00e9sum\u00e9.csv"),
    ]
    assert list(names_in_session(files)) == ["file-1-résumé.csv", "résumé.csv"]


def test_an_invalid_or_long_name_is_replaced() -> None:
    [nameless] = names_in_session([File(id="file-1", filename="..")])
    assert nameless == "file-1-"
    [long] = names_in_session([File(id="file-1", filename="ü" * 500 + ".csv")])
    assert len(long.encode()) <= LONGEST
    assert long.endswith(".csv")
