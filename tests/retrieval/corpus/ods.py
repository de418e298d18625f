"""Spreadsheets of OpenDocument, whose cells keep the text that they show."""

from collections.abc import Callable
from typing import Any

from odf import dc, office, table, text
from odf.opendocument import OpenDocumentSpreadsheet

from tests.retrieval import files
from tests.retrieval.corpus.cases import Case, Corpus, saved

NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
)
SHOWN, REPEATS = "texts as shown", "repeated cells and rows"


def content(rows: str, name: str = "Sheet1", before: str = "") -> bytes:
    """Return a spreadsheet of this XML."""
    return files.archive_bytes(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"{before}<office:document-content {NAMESPACES}><office:body>"
            f'<office:spreadsheet><table:table table:name="{name}">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def cell(shown: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>"


def grouped(rows: str) -> str:
    return f"<table:table-row-group>{rows}</table:table-row-group>"


def by_odfpy(fill: Callable[[Any], object]) -> Callable[[], bytes]:
    def write() -> bytes:
        document = OpenDocumentSpreadsheet()
        sheet = table.Table(name="Lager")
        fill(sheet)
        document.spreadsheet.addElement(sheet)
        return saved(document.write)

    return write


def odf_row(sheet: Any, *cells: tuple[str, dict[str, Any]]) -> None:
    line = table.TableRow()
    for shown, attributes in cells:
        one = table.TableCell(**attributes)
        one.addElement(text.P(text=shown))
        line.addElement(one)
    sheet.addElement(line)


def amounts(sheet: Any) -> None:
    odf_row(sheet, ("PLZ", {}), ("Preis", {}), ("Rabatt", {}))
    for number in range(300):
        odf_row(
            sheet,
            (f"{number:05d}", {"valuetype": "float", "value": number}),
            ("1.234,50 €", {"valuetype": "currency", "value": 1234.5}),
            ("7,5 %", {"valuetype": "percentage", "value": 0.075}),
        )


def commented(sheet: Any) -> None:
    line, one = table.TableRow(), table.TableCell()
    note = office.Annotation()
    note.addElement(dc.Creator(text="Ann"))
    note.addElement(text.P(text="a remark"))
    one.addElement(note)
    one.addElement(text.P(text="the value"))
    line.addElement(one)
    sheet.addElement(line)


EMPTY = "<table:table-cell/>"
CASES = (
    Case(
        "amounts",
        by_odfpy(amounts),
        (
            "Lager",
            "PLZ | Preis | Rabatt\n00000 | 1.234,50 € | 7,5 %",
        ),
        in_every_chunk=("PLZ | Preis | Rabatt",),
        writer="odfpy",
        shows=SHOWN,
        language="German",
    ),
    Case("remarks", by_odfpy(commented), ("the value",), ("a remark", "Ann"), writer="odfpy"),
    Case(
        "values-without-texts",
        content(
            row(
                '<table:table-cell office:value-type="float" office:value="12.5"/>',
                '<table:table-cell office:value-type="string" office:string-value="a &amp; b"/>',
            )
        ),
        ("12.5 | a & b",),
        shows="values without texts",
    ),
    Case(
        "a-title",
        content(
            row(cell("Report"))
            + row(EMPTY)
            + row(cell("A"), cell("B"), cell("C"))
            + row(cell("1"), cell("2"), cell("3"))
        ),
        ("Report\n\nA | B | C\n1 | 2 | 3",),
        shows="titles above the header",
    ),
    Case(
        "dates",
        content(row(cell("01.03.24", 'office:value-type="date" office:date-value="2024-03-01"'))),
        ("01.03.24",),
        ("2024-03-01",),
        shows=SHOWN,
    ),
    Case(
        "times",
        content(row(cell("26:30", 'office:time-value="PT26H30M00S"'))),
        ("26:30",),
        ("PT26H",),
        shows=SHOWN,
    ),
    Case("errors", content(row(cell("#N/A"), cell("Err:502"))), ("#N/A | Err:502",), shows=SHOWN),
    Case(
        "repeated-cells",
        content(row(cell("x", 'table:number-columns-repeated="3"'), cell("y"))),
        ("x | x | x | y",),
        shows=REPEATS,
    ),
    Case(
        "repeated-rows",
        content(row(cell("x"), cell("y"), attributes='table:number-rows-repeated="3"')),
        ("x | y\n",),
        shows=REPEATS,
    ),
    Case(
        "a-sheet-filled-to-its-end",
        content(
            row(cell("x"), '<table:table-cell table:number-columns-repeated="16383"/>')
            + row(EMPTY, attributes='table:number-rows-repeated="1048575"')
        ),
        ("x",),
        shows=REPEATS,
    ),
    Case(
        "endless-repeats",
        content(
            row(
                cell("x", 'table:number-columns-repeated="999999999"'),
                attributes='table:number-rows-repeated="999999999"',
            )
        ),
        error="more than 10,000,000 cells",
        shows="hostile repeats",
    ),
    Case(
        "lines-and-spaces",
        content(
            row(
                "<table:table-cell><text:p>one<text:s text:c='2'/>two</text:p>"
                "<text:p>three</text:p></table:table-cell>"
            )
        ),
        ("one two three",),
        shows="lines in cells",
    ),
    Case(
        "links-and-formatted-parts",
        content(row(cell("a <text:span>bold</text:span> <text:a>link</text:a> end"))),
        ("a bold link end",),
    ),
    Case(
        "covered-cells",
        content(
            row(
                cell("wide", 'table:number-columns-spanned="2"'),
                "<table:covered-table-cell/>",
                cell("next"),
            )
        ),
        ("wide | | next",),
        shows="merged cells",
    ),
    Case(
        "readings",
        content(
            row(
                cell(
                    "<text:ruby><text:ruby-base>東京</text:ruby-base>"
                    "<text:ruby-text>とうきょう</text:ruby-text></text:ruby>都"
                )
            )
        ),
        ("東京都",),
        ("とう",),
        language="Japanese",
    ),
    Case("arabic", content(row(cell("السلام"), cell("١٢"))), ("السلام | ١٢",), language="Arabic"),
    Case(
        "rows-in-groups",
        content(grouped(row(cell("in")) + grouped(row(cell("deeper")))) + row(cell("after"))),
        ("in\ndeeper\nafter",),
        shows="groups of rows",
    ),
    Case(
        "header-rows",
        content(
            "<table:table-header-rows>"
            + row(cell("A"), cell("B"))
            + "</table:table-header-rows>"
            + row(cell("1"), cell("2"))
        ),
        ("A | B\n1 | 2",),
    ),
    Case(
        "entities",
        content(row(cell("&a;")), before='<!DOCTYPE x [<!ENTITY a "b">]>'),
        error="entities",
        shows="hostile XML",
    ),
    Case(
        "a-password",
        files.archive_bytes(
            {"META-INF/manifest.xml": "<m><encryption-data/></m>", "content.xml": b"\x8f\x01"}
        ),
        error="password-protected",
        shows="passwords",
    ),
    Case("cut", content(row(cell("x")))[:-40], error="damaged", shows="damaged files"),
    Case("not-xml", files.archive_bytes({"content.xml": "nothing"}), error="damaged"),
)
CORPUS = Corpus("ods", "OpenDocument spreadsheets", CASES)
