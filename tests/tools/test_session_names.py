"""The names of the user's files in /mnt/data."""

import pytest

from assistants_app.models import File
from assistants_app.tools.code_interpreter.names import LONGEST, names_in_session


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("sales.csv", "sales.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\März 1.xlsx", "März 1.xlsx"),
        ("a\nb\0c.txt", "a_b_c.txt"),
        (".bashrc", "bashrc"),
    ],
)
def test_names_are_valid_file_names(filename: str, name: str) -> None:
    file = File(id="file-1", filename=filename)
    assert names_in_session([file]) == {name: file}


def test_two_files_with_the_same_name_are_both_there() -> None:
    files = [File(id=f"file-{number}", filename="a.csv") for number in (1, 2)]
    assert list(names_in_session(files)) == ["a.csv", "file-2-a.csv"]


def test_an_invalid_or_long_name_is_replaced() -> None:
    [nameless] = names_in_session([File(id="file-1", filename="..")])
    assert nameless == "file-1-"
    [long] = names_in_session([File(id="file-1", filename="ü" * 500 + ".csv")])
    assert len(long.encode()) <= LONGEST
    assert long.endswith(".csv")
