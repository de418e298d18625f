"""Results for other programs."""

import csv
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from assistants_app.domain.test_sets.results import CellResult, junit, matrix_csv

CELLS = [
    CellResult("A & B", "r1", 'Say "hi" <now>', "passed", 1.0, 1.5, 0.01),
    CellResult("A & B", "r2", "=cmd()", "failed", 0.0, 0.5, None, "Not equal.\n\x00\ud83d <x>"),
    CellResult("C", "r1", 'Say "hi" <now>', "error", None, 2, 0, "429 ]]>"),
    CellResult("C", "r2", "=cmd()", "skipped"),
    CellResult("C", "r1", 'Say "hi" <now>', "passed", 1.0, 4, 0.02),
]


def test_junit_is_xml_with_a_suite_for_each_variant() -> None:
    root = ElementTree.fromstring("".join(junit("Nightly\n<1>", CELLS)).encode())
    assert root.attrib == {
        "name": "Nightly\n<1>",
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "8.000",
    }
    first, second = root
    assert [first.get("name"), first.get("tests")] == ["A & B", "2"]
    failure = first[1].find("failure")
    assert failure is not None
    assert failure.get("message") == "Not equal."
    assert failure.text == "Not equal.\n\ufffd\ufffd <x>"
    assert first[0].get("name") == 'r1 Say "hi" <now>'
    assert [case[0].tag if len(case) else "" for case in second] == ["error", "skipped", ""]


def test_the_matrix_has_a_line_for_each_row_and_calculates_nothing() -> None:
    lines = list(csv.reader(StringIO("".join(matrix_csv(CELLS)))))
    assert lines[0][:6] == [
        "row",
        "name",
        "A & B: passed",
        "A & B: score",
        "A & B: seconds",
        "A & B: cost",
    ]
    assert lines[1] == ["r1", 'Say "hi" <now>', "1/1", "1", "1.5", "0.01", "1/2", "1", "3", "0.01"]
    assert lines[2] == ["r2", "'=cmd()", "0/1", "0", "0.5", "", "0/1", "", "0", ""]


@pytest.mark.parametrize("cells", [CELLS, CELLS[:1], []])
def test_junit_is_as_its_readers_expect_it(cells: list[CellResult]) -> None:
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    schema.assertValid(etree.fromstring("".join(junit("Nightly\n<1>", cells)).encode()))
    with pytest.raises(etree.DocumentInvalid):
        schema.assertValid(etree.fromstring("<testsuites name='x'><testcase/></testsuites>"))
