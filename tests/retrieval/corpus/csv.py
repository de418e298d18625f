"""Comma-separated values, with the separators that spreadsheets and banks write."""

import csv
import io
from pathlib import Path

from tests.retrieval.corpus.cases import Case, Corpus

SAMPLES = Path(__file__).parent / "samples"
TITLES, SEPARATORS = "titles above the header", "separators"
QUOTES, SHAPES = "quotes", "ragged and missing rows"
HEADER = "Datum | Text | Betrag"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def by_csv_module(**dialect: object) -> bytes:
    """Return a table with quotes, separators and line breaks in its cells."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, **dialect)  # type: ignore[arg-type]
    writer.writerows([["Name", "Note"], ["Doe, Jane", 'said "yes"'], ["5; 6", "two\nlines"]])
    return file.getvalue().encode()


WRITTEN = ("Name | Note\n", 'Doe, Jane | said "yes"', "5; 6 | two lines")
LONG = "".join(f"{number};Stadt {number};{number},50\n" for number in range(400))

CASES = (
    Case(
        "a-bank-statement",
        lambda: sample("bank-with-preamble.csv"),
        keeps=("Konto 12345\nZeitraum 01.01.–31.03.\n\n" + HEADER, "Garage 299 | -1.299,56"),
        in_every_chunk=(HEADER,),
        shows=TITLES,
        language="German",
    ),
    Case(
        "a-line-that-names-the-separator",
        lambda: sample("sep-line.csv"),
        keeps=(HEADER + "\n01.02.2024 | Miete, Garage 0 | -1.000,56\n",),
        drops=("sep=",),
        in_every_chunk=(HEADER,),
        shows=SEPARATORS,
        language="German",
    ),
    Case(
        "a-quoted-sep-line-with-a-mark",
        '\ufeff"sep=|"\r\na|b\r\n1|2\r\n',
        ("a | b\n1 | 2",),
        ("sep",),
    ),
    Case("a-sep-line-with-tabs", "sep=\t\nName\tAge\nAnna, B.\t5\n", ("Name | Age\nAnna, B. | 5",)),
    Case("pipes", "Name|Price\nNut, small|1,20\nBolt|0,35\n", ("Nut, small | 1,20\nBolt | 0,35",)),
    Case(
        "tabs",
        "Name\tPrice\nNut; small\t1,20\n",
        ("Name | Price\nNut; small | 1,20",),
        shows=SEPARATORS,
    ),
    Case("spaces-after-commas", "Name, Age\nAnna, 5\nBob, 6\n", ("Name | Age\nAnna | 5\nBob | 6",)),
    Case("one-column-of-amounts", "Betrag\n12,50\n13,70\n1,20\n", ("Betrag\n12,50\n13,70\n1,20",)),
    Case("prose-in-one-column", "Kommentar\nGut, aber teuer\nToll\n", ("Gut, aber teuer\nToll",)),
    Case("amounts-in-quotes", 'Item,Sum\nTea,"1,234.50"\n', ("Item | Sum\nTea | 1,234.50",)),
    Case("excel-of-the-csv-module", lambda: by_csv_module(), WRITTEN, writer="csv", shows=QUOTES),
    Case(
        "tabs-of-the-csv-module", lambda: by_csv_module(dialect="excel-tab"), WRITTEN, writer="csv"
    ),
    Case(
        "all-quoted",
        lambda: by_csv_module(delimiter=";", quoting=csv.QUOTE_ALL),
        WRITTEN,
        writer="csv",
    ),
    Case(
        "backslashes-before-quotes",
        lambda: by_csv_module(escapechar="\\", doublequote=False),
        WRITTEN,
        writer="csv",
        shows=QUOTES,
    ),
    Case(
        "a-quote-that-never-ends",
        'id,text\n1,"5 inch\n' + "".join(f"{row},row {row}\n" for row in range(2, 60)),
        keeps=('1 | "5 inch\n2 | row 2\n', "59 | row 59"),
        shows=QUOTES,
    ),
    Case(
        "a-long-note-in-one-cell",
        'id,text\n1,"' + "a line\n" * 60 + '"\n2,end\n',
        keeps=("1 | a line a line", "\n2 | end"),
        shows=QUOTES,
    ),
    Case(
        "pairs-above-the-header",
        "Account,12345\nHolder,Max\n\nDate,Payee,Amount\n2024-01-01,Shop,3.10\nTotal,,3.10\n",
        keeps=(
            "Account | 12345\nHolder | Max\n\nDate | Payee | Amount\n2024-01-01",
            "Total | | 3.10",
        ),
        shows=TITLES,
    ),
    Case(
        "titles-padded-with-separators",
        "Umsätze;;;\nKonto 5;;;\n;;;\nDatum;Text;Betrag;Saldo\n" + "1.2.2024;Tee;3,10;7,00\n" * 90,
        keeps=("Umsätze\nKonto 5\n\nDatum | Text | Betrag | Saldo\n1.2.2024",),
        in_every_chunk=("Datum | Text | Betrag | Saldo",),
        shows=TITLES,
    ),
    Case(
        "totals-below",
        "Stadt;Summe\n" + "Köln;1,50\n" * 200 + "\nGesamt;300,00\n\nQuelle: Amt\n",
        keeps=("Köln | 1,50\nGesamt | 300,00\nQuelle: Amt",),
        in_every_chunk=("Stadt | Summe",),
        shows="totals below the table",
    ),
    Case(
        "two-tables",
        "Cities\nCity,Pop\nRome,3\nParis,2\n\nRivers\nRiver,Length,Land\nTiber,405,IT\n",
        keeps=("Cities\n\nCity | Pop\nRome", "Rivers\n\nRiver | Length | Land\nTiber"),
        shows="two tables in one file",
    ),
    Case(
        "two-tables-of-one-shape",
        "City,Pop\nRome,3\n\nRiver,Length\n" + "Tiber,405\n" * 300,
        keeps=("City | Pop\nRome | 3", "River | Length\nTiber"),
        shows="two tables in one file",
    ),
    Case("no-header", "1;2;3\n" * 400, ("1 | 2 | 3",), shows="tables without a header"),
    Case("years-as-header", f"Ort;2022;2023\n{LONG}", in_every_chunk=("Ort | 2022 | 2023",)),
    Case(
        "ragged-rows",
        "a,b,c\n1,2\n3,4,5,6\n\n7,8,9\n",
        ("1 | 2\n3 | 4 | 5 | 6\n7 | 8 | 9",),
        shows=SHAPES,
    ),
    Case("empty-cells", "a,b,c\n,,3\n1,,\n,,\n", ("a | b | c\n | | 3\n1",), shows=SHAPES),
    Case(
        "a-header-on-each-printed-page",
        "Ort;Zahl\n" + ("Köln;1\n" * 20 + "Ort;Zahl\n") * 3,
        keeps=("Ort | Zahl\nKöln | 1",),
        drops=("Köln | 1\nOrt | Zahl\nKöln",),
        shows="repeated headers",
    ),
    Case("one-row", "a,b\n", ("a | b",), shows=SHAPES),
    Case("one-word", "Kranich", ("Kranich",), shows=SHAPES),
    Case(
        "japanese-of-excel",
        "商品名,数量,備考\n赤い傘,3,在庫あり\n".encode("cp932"),
        keeps=("商品名 | 数量 | 備考\n赤い傘 | 3 | 在庫あり",),
        language="Japanese",
        encoding="cp932",
        shows="encodings without a mark",
    ),
    Case(
        "unicode-text-of-excel",
        "\ufeffName\tMenge\nÄpfel\t3\n".encode("utf-16-le"),
        keeps=("Name | Menge\nÄpfel | 3",),
        language="German",
        encoding="utf-16-le",
    ),
    Case(
        "windows-central-europe",
        "Nazwa;Ilość\nŻarówka;3,50\n".encode("cp1250"),
        keeps=("Nazwa | Ilość\nŻarówka | 3,50",),
        language="Polish",
        encoding="cp1250",
    ),
    Case("an-injected-formula", 'a,b\n"=HYPERLINK(""x"")",1\n', ('=HYPERLINK("x") | 1',)),
    Case("a-hundred-thousand-separators", "," * 100_000 + "x\n", ("x",), shows=SHAPES),
    Case("nothing-but-separators", ";;;\n;;;\n", error="no text"),
)
CORPUS = Corpus("csv", "Comma-separated values", CASES)
