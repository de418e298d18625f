"""Tab-separated values."""

import csv
import io

from tests.retrieval.corpus.cases import Case, Corpus

TABLE = "Name | Price\nNut, small | 1,20"


def by_csv_module() -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, dialect="excel-tab").writerows([["Name", "Note"], ["a\tb", "two\nlines"]])
    return file.getvalue().encode()


CASES = (
    Case("plain", "Name\tPrice\nNut, small\t1,20\n", (TABLE,), shows="commas in cells"),
    Case("windows-line-ends", "Name\tPrice\r\nNut, small\t1,20\r\n", (TABLE,), shows="line ends"),
    Case("old-mac-line-ends", "Name\tPrice\rNut, small\t1,20\r", (TABLE,)),
    Case("a-byte-order-mark", "\ufeffName\tPrice\nNut, small\t1,20\n", (TABLE,), ("\ufeff",)),
    Case(
        "tabs-and-breaks-in-quotes", by_csv_module, ("Name | Note\na b | two lines",), writer="csv"
    ),
    Case(
        "inches",
        'Screen\tcm\n5" wide\t12\n6" wide\t15\n',
        ('5" wide | 12\n6" wide | 15',),
        shows="quotes",
    ),
    Case(
        "a-quote-at-the-start-of-a-cell",
        'Word\tn\n"tis\t1\n' + "".join(f"word{n}\t{n}\n" for n in range(40)),
        keeps=('"tis | 1\nword0 | 0', "word39 | 39"),
        shows="quotes",
    ),
    Case("in-fact-with-commas", "Name,Price\nNut,1.20\nBolt,3\n", ("Name | Price\nNut | 1.20",)),
    Case(
        "titles",
        "Report 5\n\nName\tPrice\tSum\nNut\t1\t2\n",
        ("Report 5\n\nName | Price | Sum\nNut",),
    ),
    Case(
        "long",
        "Gene\tValue\n" + "BRCA1\t0.000123\n" * 900,
        keeps=("Gene | Value\nBRCA1",),
        in_every_chunk=("Gene | Value",),
        shows="headers in every chunk",
    ),
    Case("no-header", "1\t2\n3\t4\n", ("1 | 2\n3 | 4",), shows="tables without a header"),
    Case("trailing-tabs", "a\tb\t\t\n1\t2\t\t\n", ("a | b\n1 | 2",)),
    Case("empty-cells", "a\tb\tc\n\t\t3\n", ("a | b | c\n | | 3",)),
    Case(
        "russian-of-windows",
        "Товар\tЦена\nЧай зелёный\t120\n".encode("cp1251"),
        keeps=("Товар | Цена\nЧай зелёный | 120",),
        language="Russian",
        encoding="cp1251",
        shows="encodings without a mark",
    ),
    Case(
        "chinese-of-windows",
        "产品名称\t数量\n茶杯\t12\n".encode("gb18030"),
        keeps=("产品名称 | 数量\n茶杯 | 12",),
        language="Chinese",
        encoding="gb18030",
    ),
    Case("a-bad-byte", b"Name\tOrt\nM\xc3\xbcller\tK\xc3\xb6ln\nx\xff\ty\n", ("Müller | Köln\nx",)),
    Case("the-extension-tab", "a\tb\n1\t2\n", ("a | b\n1 | 2",), filename="x.TAB"),
    Case("nothing-but-tabs", "\t\t\n\t\n", error="no text"),
)
CORPUS = Corpus("tsv", "Tab-separated values", CASES)
