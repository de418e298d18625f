"""Texts without names of files."""

import pytest

from assistants_app.domain.redaction import FileNames

NAMES = FileNames(
    ["Q3 plan.xlsx", "report.pdf", "日本.csv", "müller & co.txt", "a", "q3_costs.csv"]
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See report.pdf.", "See file-2.pdf."),
        ("See REPORT.PDF!", "See file-2.pdf!"),
        # A word of its own, and not within another one.
        ("my-report.pdf", "my-file-2.pdf"),
        ("xreport.pdf", "xreport.pdf"),
        # An ordinary word isn't a name.
        ("The report is long.", "The report is long."),
        ("The q3_costs are high.", "The file-6 are high."),
        ("Q3%20plan.xlsx", "file-1.xlsx"),
        (
            "[Q3 plan.xlsx](sandbox:/mnt/data/Q3%20plan.xlsx)",
            "[file-1.xlsx](sandbox:/mnt/data/file-1.xlsx)",
        ),
        # No spaces between words in this script.
        ("请看日本.csv文件", "请看file-3.csv文件"),
        ('{"name": "m\\u00fcller & co.txt"}', '{"name": "file-4.txt"}'),
        ("mu\u0308ller & co.txt", "file-4.txt"),
        ("müller &amp; co.txt", "file-4.txt"),
        ("What a plan", "What file-5 plan"),
    ],
)
def test_a_name_is_replaced_however_it_is_written(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("【4:0†report.pdf】", "【4:0†file-2.pdf】"),
        ("【4:1†another one.pdf】", "【4:1†file】"),
        ("【4:2】", "【4:2】"),
        ("【4:3†q3 PLAN.xlsx】", "【4:3†file-1.xlsx】"),
    ],
)
def test_citation_marks_lose_their_names(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("open('/mnt/data/never kept.bin')", "open('/mnt/data/file')"),
        ("![x](sandbox:/mnt/data/never kept.png)", "![x](sandbox:/mnt/data/file)"),
        ("cat /mnt/data/never.txt | wc", "cat /mnt/data/file | wc"),
        ("ls /mnt/data/", "ls /mnt/data/"),
        ("/mnt/data/sub/report.pdf", "/mnt/data/file"),
        ("/mnt/data/report.pdf", "/mnt/data/file-2.pdf"),
    ],
)
def test_paths_lose_names_that_nobody_knows(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


def test_names_that_look_like_stand_ins_are_replaced_too() -> None:
    names = FileNames(["x.pdf", "file-1.pdf"])
    assert names.replaced("x.pdf and file-1.pdf") == "file-1.pdf and file-2.pdf"
    assert names.stand_in("file-1.pdf") == "file-2.pdf"


def test_without_names_only_paths_and_marks_change() -> None:
    names = FileNames(["", ""])
    assert names.replaced("report.pdf 【1:1†report.pdf】") == "report.pdf 【1:1†file】"
    assert names.stand_in("report.pdf") == "file"


def test_an_odd_extension_is_part_of_the_name() -> None:
    assert FileNames(["plan.for-acme"]).stand_in("plan.for-acme") == "file-1"
