"""Tables in previews: which columns are numbers, how many rows there are, and their order."""

import pytest

from assistants_app.rendering.text.previews import TABLE_BYTES, needed_bytes, preview_of
from assistants_app.rendering.text.tables import SHOWN_ROWS, Table, number_in

SALES = 'month,sales,change\nJan,120,(3)\nFeb,"1,350.50",+12\nMar,98,\n'


def table(text: str, *, sort: int = 0, name: str = "a.csv", size: int = 0) -> Table:
    data = text.encode()
    preview = preview_of(name, "text/csv", size or len(data), "/url", data, sort=sort)
    assert preview.table is not None
    return preview.table


def column(shown: Table, number: int) -> list[str]:
    return [row[number - 1][0] for row in shown.rows]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12),
        ("-3.5", -3.5),
        ("\u22123", -3),
        ("1,350.50", 1350.5),
        ("1.350,50", 1350.5),
        ("1 350,5", 1350.5),
        ("1'350", 1350),
        ("3,14", 3.14),
        ("0,125", 0.125),
        ("1,350", 1350),
        ("1,350,000", 1_350_000),
        (".5", 0.5),
        ("$1,200", 1200),
        ("1.200,00 €", 1200),
        ("12 %", 12),
        ("(3)", -3),
        ("1e-3", 0.001),
        ("2026-11-29", None),
        ("12:30", None),
        ("10/2", None),
        ("v12", None),
        ("", None),
        (".", None),
    ],
)
def test_a_number_is_read_as_people_write_it(cell: str, number: float | None) -> None:
    assert number_in(cell) == number


def test_a_table_says_how_many_rows_it_has_and_which_columns_are_numbers() -> None:
    shown = table(SALES)
    assert (shown.count, shown.width) == (3, 3)
    assert [item.is_number for item in shown.columns] == [False, True, True]
    assert [item.name for item in shown.columns] == ["month", "sales", "change"]
    assert not shown.is_cut


@pytest.mark.parametrize(
    ("sort", "months"),
    [
        (0, ["Jan", "Feb", "Mar"]),
        (1, ["Feb", "Jan", "Mar"]),
        (-1, ["Mar", "Jan", "Feb"]),
        (2, ["Mar", "Jan", "Feb"]),
        (-2, ["Feb", "Jan", "Mar"]),
        (3, ["Jan", "Feb", "Mar"]),
        (-3, ["Feb", "Jan", "Mar"]),
        (9, ["Jan", "Feb", "Mar"]),
        (-9999, ["Jan", "Feb", "Mar"]),
    ],
)
def test_columns_are_sorted_by_their_values_with_empty_cells_last(
    sort: int, months: list[str]
) -> None:
    assert column(table(SALES, sort=sort), 1) == months


def test_the_whole_table_is_counted_and_sorted_not_only_what_is_shown() -> None:
    rows = 3 * SHOWN_ROWS
    text = "n;name\n" + "".join(f"{number};x\n" for number in range(rows))
    shown = table(text, sort=-1)
    assert shown.count == rows
    assert shown.is_cut
    assert column(shown, 1)[:2] == [str(rows - 1), str(rows - 2)]
    assert [item.order for item in shown.columns] == ["descending", ""]
    assert [item.next_sort for item in shown.columns] == [1, 2]


def test_the_beginning_of_a_large_file_has_no_count_and_no_order() -> None:
    shown = table(SALES, sort=2, size=TABLE_BYTES + 1)
    assert shown.count is None
    assert not shown.can_sort
    assert column(shown, 1) == ["Jan", "Feb", "Mar"]
    assert needed_bytes("a.CSV", "text/csv", TABLE_BYTES) == TABLE_BYTES
    assert needed_bytes("a.csv", "text/csv", TABLE_BYTES + 1) < TABLE_BYTES
    assert needed_bytes("a.txt", "text/plain", TABLE_BYTES) < TABLE_BYTES
    assert needed_bytes("a.png", "image/png", 10) == 0


def test_titles_and_ragged_rows_and_other_separators() -> None:
    shown = table("Report 2026\n\na\tb\n1\t2\n\n3\n", name="a.tsv")
    assert shown.titles == ["Report 2026"]
    assert shown.count == 2
    assert [item.is_number for item in shown.columns] == [True, True]
    assert table("a,b\n").count == 0
