"""Workbooks of Excel, as several libraries write them."""

import datetime
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyexcelerate
import pylightxl
import xlsxwriter

from tests.retrieval.corpus.cases import Case, Corpus, saved

SAMPLES = Path(__file__).parent / "samples"
FORMATS, SHEETS, DATES = "number formats", "hidden sheets and rows", "dates"
MERGED, RICH, FORMULAS = "merged cells", "formatted text", "formulas"
# Value, number format, and what a spreadsheet shows.
NUMBERS: tuple[tuple[float, str, str], ...] = (
    (2134, "00000", "02134"),
    (0.075, "0.0%", "7.5%"),
    (1234567890123456, "0", "1234567890123456"),
    (1234.5, "$#,##0.00", "$1,234.50"),
    (1234.5, '#,##0.00\\ "€"', "1,234.50 €"),
    (1234.5, "#,##0.00\\ [$€-407]", "1,234.50 €"),
    (5, '0" kg"', "5 kg"),
    (-5, "0;[Red](0)", "(5)"),
    (-5, "0;[Red]-0;0", "-5"),
    (0, '0;-0;"none"', "none"),
    (1500, '[>=1000]0.0,"k";0', "1.5k"),
    (500, '[>=1000]0.0,"k";0', "500"),
    (1.25, "# ?/?", "1 1/4"),
    (0.375, "# ?/8", "3/8"),
    (12345.678, "0.00E+00", "1.23E+04"),
    (5551234567, "(000) 000-0000", "(555) 123-4567"),
    (7654321, '0.0,,"M"', "7.7M"),
    (0.1 + 0.2, "General", "0.3"),
    (-0.001, "0.00", "0.00"),
    (0, '_-* "-"??\\ _€_-', "-"),
    (20240301, '0000"-"00"-"00', "2024-03-01"),
)
TIMES: tuple[tuple[float, str, str], ...] = (
    (1.1041666666666667, "[h]:mm", "26:30"),
    (45352, "dd.mm.yyyy", "01.03.2024"),
    (45352.75, "m/d/yyyy h:mm AM/PM", "3/1/2024 6:00 PM"),
    (45352.75, "d mmm yyyy hh:mm:ss", "1 Mar 2024 18:00:00"),
    (45352, "dddd, mmmm d", "Friday, March 1"),
    (0.5 / 86400, "mm:ss.000", "00:00.500"),
    (0.0416666666, "[mm]:ss", "60:00"),
    (59, "d.m.yyyy", "28.2.1900"),
    (45352, "[$-415]d mmmm yyyy", "1 marca 2024"),
    (45352, "[$-415]mmmm yyyy", "marzec 2024"),
    (45352, "[$-407]dddd, d. mmmm yyyy", "Freitag, 1. März 2024"),
    (45352, "[$-40C]ddd d mmm yy", "ven 1 mars 24"),
    (45352, '[$-FC19]d mmmm yyyy "г."', "1 марта 2024 г."),
    (45352, "[$-pt-BR]dddd", "sexta-feira"),
    (45352, "[$-41A]d. mmmm yyyy.", "1. ožujka 2024."),
    (45352.75, "[$-401]d mmmm yyyy h:mm", "2024-03-01 18:00:00"),
    (45352, "b2d/m/yyyy", "2024-03-01"),
    (45352, '[$-411]ggge"年"m"月"d"日"', "令和6年3月1日"),
    (32516, "[$-411]ge.m.d", "H1.1.8"),
    (45352, "yyyy/mm/dd(aaa)", "2024/03/01(金)"),
    (45352, "[$-411]aaaa", "金曜日"),
    (45352, "[$-804]aaaa", "星期五"),
    (45352, "d/m/bbbb", "1/3/2567"),
    (45352, "[$-107041E]d mmmm yyyy", "1 มีนาคม 2567"),
    (45352, "e-m-d", "2024-3-1"),
)
SHOWN = tuple(f"| {text}\n" for _, _, text in (*NUMBERS, *TIMES))


def by_openpyxl(change: Callable[[Any], object]) -> Callable[[], bytes]:
    def write() -> bytes:
        book = openpyxl.Workbook()
        change(book)
        return saved(book.save)

    return write


def by_xlsxwriter(change: Callable[[Any], object], **options: bool) -> Callable[[], bytes]:
    def write() -> bytes:
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file, options)
        change(book)
        book.close()
        return file.getvalue()

    return write


def formatted_by_openpyxl(book: Any) -> None:
    for value, code, _ in (*NUMBERS, *TIMES):
        book.active.append(["value", value])
        book.active.cell(book.active.max_row, 2).number_format = code
    book.active.append(["end", "end"])


def formatted_by_xlsxwriter(book: Any) -> None:
    sheet = book.add_worksheet()
    for row, (value, code, _) in enumerate((*NUMBERS, *TIMES)):
        sheet.write(row, 0, "value")
        sheet.write(row, 1, value, book.add_format({"num_format": code}))
    sheet.write(len(SHOWN), 0, "end")


def built_in(book: Any) -> None:
    sheet = book.add_worksheet()
    for row, (value, number) in enumerate(
        ((0.5, 9), (1234.5, 4), (45352, 14), (0.75, 20), (7, 49))
    ):
        sheet.write(row, 0, "n")
        sheet.write(row, 1, value, book.add_format({"num_format": number}))


def since_1904(book: Any) -> None:
    sheet = book.add_worksheet()
    style = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_datetime(0, 0, datetime.datetime(2024, 3, 1), style)


def rich(book: Any) -> None:
    sheet = book.add_worksheet()
    raised = book.add_format({"font_script": 1})
    bold = book.add_format({"bold": True})
    sheet.write_rich_string(0, 0, "10", raised, "6", " cells per ", bold, "ml")


def merged(book: Any) -> None:
    for row in (
        ["Region", "City", "Sum"],
        ["North", "Kiel", 1],
        ["", "Rostock", 2],
        ["South", "Ulm", 3],
    ):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.insert_rows(1)
    book.active["A1"] = "Sales of 2024"


def hidden(book: Any) -> None:
    book.active.title = "Shown"
    for text in ("one", "filtered", "three"):
        book.active.append([text])
    book.active.row_dimensions[2].hidden = True
    book.create_sheet("Prices").append(["secret price"])
    book["Prices"].sheet_state = "hidden"
    book.create_sheet("Internal").append(["technical"])
    book["Internal"].sheet_state = "veryHidden"


def formulas(book: Any) -> None:
    sheet = book.add_worksheet()
    sheet.write_formula(0, 0, "=1/0", None, "#DIV/0!")
    sheet.write_formula(0, 1, '="a"&"b"', None, "ab")
    sheet.write_formula(0, 2, "=2*21", book.add_format({"num_format": '0" kg"'}), 42)
    sheet.write_boolean(0, 3, True)


def titled(book: Any) -> None:
    sheet = book.add_worksheet("Filialen")
    sheet.write(0, 0, "Filialliste 2024")
    sheet.write_row(2, 0, ["PLZ", "Filiale"])
    for row in range(3, 300):
        sheet.write(row, 0, row, book.add_format({"num_format": "00000"}))
        sheet.write(row, 1, f"Filiale {row}")


def languages(book: Any) -> None:
    for row in (["商品名", "数量"], ["赤い鶴", 3], ["שלום", "نص"], ["Łódź", "สวัสดี"]):
        book.active.append(row)


def by_pyexcelerate() -> bytes:
    book = pyexcelerate.Workbook()
    rows = [["Name", "Price", "Since"], ["Nut", 0.5, datetime.datetime(2024, 5, 1)]]
    sheet = book.new_sheet("Stock", data=rows)
    sheet.set_cell_style(2, 2, pyexcelerate.Style(format=pyexcelerate.Format("0.00%")))
    return saved(book.save)


def by_pylightxl() -> bytes:
    book = pylightxl.Database()
    book.add_ws(ws="Stock")
    for column, text in enumerate(["Name", "Nut, bolt", 7.5], 1):
        book.ws(ws="Stock").update_index(row=1, col=column, val=text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        pylightxl.writexl(db=book, fn=str(path))
        return path.read_bytes()


def changed(write: Callable[[], bytes], member: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook with one of its parts changed."""
    source = zipfile.ZipFile(io.BytesIO(write()))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, change(data) if name == member else data)
    return file.getvalue()


def without_references(data: bytes) -> bytes:
    """Leave out the names of cells and rows, as some writers do."""
    for row in range(1, 5):
        data = data.replace(b' r="%d"' % row, b"")
        for column in b"ABC":
            data = data.replace(b' r="%c%d"' % (column, row), b"")
    return data


def rows(*values: list[Any]) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        for row in values:
            book.active.append(row)

    return change


SHEET = "xl/worksheets/sheet1.xml"
SMALL = by_openpyxl(rows(["a", 1], ["b", 2]))
CASES = (
    Case(
        "a-list-of-branches",
        lambda: (SAMPLES / "number-formats.xlsx").read_bytes(),
        keeps=(
            "Filialliste 2024\n\nPLZ | Filiale | Rabatt",
            "02134 | Filiale 0 | 7.5% | 1234567890123456 | 26:30 | TRUE | #N/A | 1,234.50"
            " | 01.03.2024 | 7\n",
            "Intern (hidden)",
        ),
        shows=FORMATS,
        language="German",
    ),
    Case("formats", by_openpyxl(formatted_by_openpyxl), SHOWN, writer="openpyxl", shows=FORMATS),
    Case("formats-too", by_xlsxwriter(formatted_by_xlsxwriter), SHOWN, writer="xlsxwriter"),
    Case(
        "built-in-formats",
        by_xlsxwriter(built_in),
        ("50%", "1,234.50", "2024-03-01", "18:00", "7"),
        writer="xlsxwriter",
    ),
    Case(
        "since-1904",
        by_xlsxwriter(since_1904, date_1904=True),
        ("2024-03-01",),
        writer="xlsxwriter",
        shows=DATES,
    ),
    Case("powers", by_xlsxwriter(rich), ("10⁶ cells per ml",), writer="xlsxwriter", shows=RICH),
    Case(
        "merged",
        by_openpyxl(merged),
        ("Region | City | Sum\nNorth | Kiel | 1",),
        writer="openpyxl",
        shows=MERGED,
    ),
    Case(
        "merged-rows",
        by_openpyxl(
            lambda book: (
                rows(["A", "B"], ["x", 1], ["", 2])(book),
                book.active.merge_cells("A2:A3"),
            )
        ),
        ("A | B\nx | 1\nx | 2",),
        writer="openpyxl",
        shows=MERGED,
    ),
    Case(
        "hidden",
        by_openpyxl(hidden),
        ("one\nfiltered\nthree", "Prices (hidden)\n\nsecret price"),
        drops=("technical", "Internal"),
        writer="openpyxl",
        shows=SHEETS,
    ),
    Case(
        "results-of-formulas",
        by_xlsxwriter(formulas),
        ("#DIV/0! | ab | 42 kg | TRUE",),
        writer="xlsxwriter",
        shows=FORMULAS,
    ),
    Case(
        "formulas-without-results",
        by_openpyxl(rows([1, 2, "=A1+B1"])),
        ("1 | 2 | =A1+B1",),
        writer="openpyxl",
    ),
    Case(
        "a-title-above-the-header",
        by_xlsxwriter(titled),
        ("Filialliste 2024\n\nPLZ | Filiale\n00003 | Filiale 3",),
        in_every_chunk=("PLZ | Filiale",),
        writer="xlsxwriter",
        shows="titles above the header",
    ),
    Case(
        "languages",
        by_openpyxl(languages),
        ("商品名 | 数量\n赤い鶴 | 3", "שלום | نص\nŁódź | สวัสดี"),
        writer="openpyxl",
        shows="all alphabets",
        language="Japanese",
    ),
    Case(
        "strings-in-their-cells",
        by_xlsxwriter(titled, constant_memory=True),
        ("PLZ | Filiale\n00003 | Filiale 3",),
        writer="xlsxwriter",
    ),
    Case(
        "pyexcelerate",
        by_pyexcelerate,
        ("Name | Price | Since\nNut | 50.00% | ",),
        writer="PyExcelerate",
    ),
    Case("pylightxl", by_pylightxl, ("Stock", "Name | Nut, bolt | 7.5"), writer="pylightxl"),
    Case(
        "dates-of-openpyxl",
        by_openpyxl(
            rows(
                [
                    datetime.date(2024, 5, 1),
                    datetime.datetime(2024, 5, 1, 9, 30),
                    datetime.time(7, 5),
                ]
            )
        ),
        ("2024-05-01 | 2024-05-01 9:30:00 | 7:05:00",),
        writer="openpyxl",
        shows=DATES,
    ),
    Case(
        "leading-zeros-as-text",
        by_openpyxl(rows(["0049", "1e5", "TRUE"])),
        ("0049 | 1e5 | TRUE",),
        writer="openpyxl",
    ),
    Case(
        "without-references",
        lambda: changed(SMALL, SHEET, without_references),
        ("a | 1\nb | 2",),
        shows="unusual writers",
    ),
    Case(
        "damaged-styles",
        lambda: changed(SMALL, "xl/styles.xml", lambda data: data.replace(b"</", b"<<", 3)),
        ("a | 1\nb | 2",),
        shows="damaged parts",
    ),
    Case(
        "two-cells-far-apart",
        by_openpyxl(
            lambda book: [
                book.active.__setitem__("A1", "first"),
                book.active.__setitem__("XFD1048576", "last"),
            ]
        ),
        ("first", "last"),
        writer="openpyxl",
    ),
    Case("no-cells", by_openpyxl(lambda book: None), ("Sheet",), writer="openpyxl"),
    Case(
        "entities",
        lambda: changed(
            SMALL, SHEET, lambda data: b'<!DOCTYPE a [<!ENTITY x "y">]>' + data.partition(b"?>")[2]
        ),
        error="entities",
        shows="hostile XML",
    ),
    Case("half-a-sheet", lambda: changed(SMALL, SHEET, lambda data: data[:-60]), error="damaged"),
    Case("a-password", lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096, error="password"),
    Case("a-macro-workbook", SMALL, ("a | 1\nb | 2",), filename="x.xlsm"),
)
CORPUS = Corpus("xlsx", "Excel workbooks", CASES)
