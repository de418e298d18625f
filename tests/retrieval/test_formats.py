"""Each format yields its text in order, with pages and headings."""

import datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
import xlwt

from assistants_app.retrieval.extract import Document, ExtractionError, extract_file
from tests.retrieval import files
from tests.retrieval.corpus.cases import saved


def read(path: Path, content: bytes | str) -> Document:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return extract_file(path, path.name)


def headings_of(document: Document, text: str) -> tuple[str, ...]:
    return files.section_of(document, text).headings


def page_of(document: Document, text: str) -> int | None:
    return files.section_of(document, text).page


def test_columns_of_a_pdf_are_read_one_after_the_other(tmp_path: Path) -> None:
    document = extract_file(files.pdf(tmp_path / "a.pdf"), "a.pdf")
    pieces = [" ".join(files.LEFT), " ".join(files.RIGHT), "Below the columns"]
    assert document.text.startswith("Sea and mountains\n\n" + "\n\n".join(pieces))


def test_tables_of_a_pdf_are_read_row_by_row(tmp_path: Path) -> None:
    document = extract_file(files.pdf(tmp_path / "a.pdf"), "a.pdf")
    assert "Name | Quantity | Price\nBolt | 10 | 1.20\nNut | 200 | 0.35" in document.text


def test_a_pdf_has_pages_and_headings(tmp_path: Path) -> None:
    document = extract_file(files.pdf(tmp_path / "a.pdf"), "a.pdf")
    assert document.pages == 2
    assert (page_of(document, "snow"), page_of(document, "Bolt")) == (1, 2)
    assert headings_of(document, "snow") == ("Sea and mountains",)
    assert headings_of(document, "Bolt") == ("Sea and mountains", "Stock")


def test_a_word_document_keeps_headings_lists_and_tables_in_order(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("Report", 1)
    made.add_paragraph("First words.")
    made.add_paragraph("apples", style="List Bullet")
    made.add_paragraph("pears", style="List Bullet")
    made.add_heading("Costs", 2)
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Item", "Price", "Paper", "3"], strict=True):
        cell.text = text
    made.add_paragraph("Last words.")
    made.save(str(tmp_path / "a.docx"))
    document = extract_file(tmp_path / "a.docx", "a.docx")
    assert document.text == (
        "Report\n\nFirst words.\n\n- apples\n- pears\n\nCosts\n\n"
        "Item | Price\nPaper | 3\n\nLast words.\n\n"
    )
    assert headings_of(document, "Paper") == ("Report", "Costs")


def test_slides_are_pages_with_titles_and_notes(tmp_path: Path) -> None:
    made = pptx.Presentation()
    for title in ("Alpha", "Beta"):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"About {title}"
        slide.notes_slide.notes_text_frame.text = f"Say {title} aloud"
    made.save(str(tmp_path / "a.pptx"))
    document = extract_file(tmp_path / "a.pptx", "a.pptx")
    assert document.text.startswith("Alpha\n\nAbout Alpha\n\nNotes: Say Alpha aloud\n\nBeta")
    assert page_of(document, "About Beta") == 2
    assert headings_of(document, "About Beta") == ("Beta",)


def test_sheets_are_tables_under_their_names(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    first = made.active
    first.title = "Stock"
    first.append(["Name", "Count", "Since"])
    first.append(["Bolt", 10, datetime.datetime(2024, 5, 1)])
    made.create_sheet("Prices").append(["Bolt", 1.25])
    made.save(tmp_path / "a.xlsx")
    document = extract_file(tmp_path / "a.xlsx", "a.xlsx")
    assert document.text == (
        "Stock\n\nName | Count | Since\nBolt | 10 | 2024-05-01\n\nPrices\n\nBolt | 1.25\n\n"
    )
    assert headings_of(document, "1.25") == ("Prices",)


def test_old_workbooks_have_their_values(tmp_path: Path) -> None:
    made = xlwt.Workbook()
    sheet = made.add_sheet("Stock")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    rows: list[list[Any]] = [["Name", "Count", "Since"], ["Łódź", 10, 45352]]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell, *([day] if cell == 45352 else []))
    made.save(str(tmp_path / "a.xls"))
    document = extract_file(tmp_path / "a.xls", "a.xls")
    assert document.text == "Stock\n\nName | Count | Since\nŁódź | 10 | 2024-03-01\n\n"


def test_a_long_table_repeats_its_header(tmp_path: Path) -> None:
    rows = "".join(f"{number};city {number}\n" for number in range(2000))
    document = read(tmp_path / "a.csv", "id;place\n" + rows)
    blocks = document.text.rstrip("\n").split("\n\n")
    assert len(blocks) > 10
    assert all(block.startswith("id | place\n") for block in blocks)
    assert "1999 | city 1999" in blocks[-1]


def test_cells_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    document = read(tmp_path / "a.csv", 'name,note\n"Doe, Jane","two\nlines"\n')
    assert document.text == "name | note\nDoe, Jane | two lines\n\n"


def test_html_is_what_a_visitor_sees(tmp_path: Path) -> None:
    document = read(
        tmp_path / "a.html",
        "<html><head><title>t</title><style>p{}</style></head><body><nav>Home</nav>"
        "<h1>Title</h1><p>One <b>bold</b>\nword<br>and more</p><script>alert(1)</script>"
        "<ul><li>first</li><li><p>second</p></li></ul>"
        "<h2>Sub</h2><div>inner<div>deeper</div></div>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
        "<p hidden>secret</p></body></html>",
    )
    assert document.text == (
        "t\n\nTitle\n\nOne bold word\nand more\n\n- first\n- second\n\nSub\n\ninner\n\ndeeper\n\n"
        "a | b\n1 | 2\n\n"
    )
    assert headings_of(document, "deeper") == ("t", "Title", "Sub")


def test_preformatted_text_keeps_its_indents(tmp_path: Path) -> None:
    document = read(tmp_path / "a.html", "<pre>if a:\n    b  =  c\n</pre>")
    assert document.text == "if a:\n    b = c\n\n"


def test_markdown_keeps_its_source_and_knows_its_headings(tmp_path: Path) -> None:
    source = "Intro\n\n# One\ntext\n```\n# no heading\n```\n## Two ##\nmore\n\nThree\n=====\nend\n"
    document = read(tmp_path / "a.md", source)
    assert document.text == source
    assert headings_of(document, "Intro") == ()
    assert headings_of(document, "no heading") == ("One",)
    assert headings_of(document, "more") == ("One", "Two")
    assert headings_of(document, "end") == ("Three",)


def test_latex_keeps_its_source_and_knows_its_headings(tmp_path: Path) -> None:
    source = "\\section{Introduction}\nText.\n\\subsection*{Aims}\nMore.\n"
    document = read(tmp_path / "a.tex", source)
    assert document.text == source
    assert headings_of(document, "More") == ("Introduction", "Aims")


def test_xml_is_lines_under_the_names_of_elements(tmp_path: Path) -> None:
    document = read(
        tmp_path / "a.xml",
        "<?xml version='1.0'?><list xmlns='urn:x'><item id='7'><name>Bolt &amp; nut</name></item>"
        "<!-- no --><item>free <b>text</b> here</item></list>",
    )
    assert " ".join(document.text.split()) == (
        "item (id=7) name: Bolt & nut item: free b: text item: here"
    )


@pytest.mark.parametrize("encoding", ["windows-1251", "shift_jis", "utf-16"])
def test_xml_is_read_in_the_encoding_it_names(tmp_path: Path, encoding: str) -> None:
    word = {"windows-1251": "Договор", "shift_jis": "請求書", "utf-16": "Łódź"}[encoding]
    source = f"<?xml version='1.0' encoding='{encoding}'?><a><b>{word}</b></a>"
    assert f"b: {word}" in read(tmp_path / "a.xml", source.encode(encoding)).text


def test_a_bad_byte_in_xml_is_replaced(tmp_path: Path) -> None:
    source = "<a><b>Łódź płynie</b></a>".encode().replace(b"d", b"d\xff\x01")
    assert "b: Łód\ufffdź płynie" in read(tmp_path / "a.xml", source).text


def test_a_book_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    document = extract_file(files.epub(tmp_path / "a.epub"), "a.epub")
    assert document.text == "One\n\nIt began.\n\nIt ended.\n\n"
    assert headings_of(document, "began") == ("One",)
    assert headings_of(document, "ended") == ()


@pytest.mark.parametrize(
    "ending", ["c", "cpp", "cs", "css", "go", "java", "js", "json", "php", "py", "rb", "sh", "ts"]
)
def test_source_code_stays_as_it_is(tmp_path: Path, ending: str) -> None:
    source = '{\n\t"a":  1\n}\n'
    assert read(tmp_path / f"a.{ending}", source).text == source


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    text = "Die Straße führt übers Gebirge, und der Käse schmeckt größer als gedacht. " * 20
    assert read(tmp_path / "a.txt", text.encode(encoding)).text == text


def test_the_encoding_that_a_page_names_is_used(tmp_path: Path) -> None:
    source = '<html><head><meta charset="iso-8859-7"></head><body>Καλημέρα</body></html>'
    assert read(tmp_path / "a.html", source.encode("iso-8859-7")).text == "Καλημέρα\n\n"


def test_legacy_encodings_of_other_alphabets_are_detected(tmp_path: Path) -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация. " * 20
    assert read(tmp_path / "a.txt", text.encode("cp1251")).text == text


def test_line_ends_become_line_feeds_and_control_characters_are_removed(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", b"a\r\nb\rc\x0b\x01d" + b" more text" * 20).text.startswith(
        "a\nb\ncd"
    )


def test_sections_cover_the_text_without_gaps(tmp_path: Path) -> None:
    document = extract_file(files.pdf(tmp_path / "a.pdf"), "a.pdf")
    ends = [section.end for section in document.sections]
    assert [section.start for section in document.sections] == [0, *ends[:-1]]
    assert ends[-1] == len(document.text)


@pytest.mark.parametrize("name", ["a.doc", "a.exe", "a", "a.", ".pdf", "a.PNG", "a.tar.gz"])
def test_unknown_formats_are_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "stored"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ExtractionError) as caught:
        extract_file(path, name)
    assert caught.value.code == "unsupported_file"


def test_an_old_word_file_gets_advice(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096)
    with pytest.raises(ExtractionError, match=r"Save the file as \.docx or \.pdf"):
        extract_file(path, "letter.DOC")


def word_file() -> bytes:
    made = docx.Document()
    made.add_paragraph("A letter.")
    return saved(made.save)


def workbook() -> bytes:
    made = openpyxl.Workbook()
    made.active.append(["A cell"])
    return saved(made.save)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TABLE = b"Name;Sum\nTea, green;1,50\n"


@pytest.mark.parametrize(
    ("name", "declared", "content", "text"),
    [
        ("upload", WORD, word_file, "A letter."),
        ("upload", "", word_file, "A letter."),
        ("Statement 03.2024", "text/csv; charset=utf-8", TABLE, "Tea, green | 1,50"),
        ("Statement 03.2024", "application/octet-stream", TABLE, "Tea, green;1,50"),
        ("Statement 03.2024", "application/pdf", lambda: files.pdf_bytes(), "Sea and mountains"),
        ("letter.docx.bak", "application/octet-stream", word_file, "A letter."),
        ("letter.docx", "application/octet-stream", word_file, "A letter."),
        ("letter.doc", "application/msword", word_file, "A letter."),
        ("data.csv.1", "", TABLE, "Tea, green | 1,50"),
        ("data.csv~", "", TABLE, "Tea, green | 1,50"),
        ("data (2)", "text/csv", TABLE, "Tea, green | 1,50"),
        ("data.csv", "application/vnd.ms-excel", TABLE, "Tea, green | 1,50"),
        ("export.xls", "application/vnd.ms-excel", TABLE, "Tea, green | 1,50"),
        ("export.xls", "", b"<html><table><tr><td>a</td><td>b</td></tr></table></html>", "a | b"),
        ("export.csv", "text/csv", workbook, "A cell"),
        ("export.xlsx", "", workbook, "A cell"),
        ("page", "text/html", b"<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("page", "", b"<!DOCTYPE html><p>One</p><p>Two</p>", "One\n\nTwo"),
        ("README", "", "Größe".encode("cp1252"), "Größe"),
        ("server.log", "text/plain", b"12:00 started", "12:00 started"),
        ("settings.yaml", "application/yaml", b"a: 1", "a: 1"),
        ("notes.txt", "text/plain", lambda: files.pdf_bytes(), "Sea and mountains"),
    ],
)
def test_the_bytes_and_the_declared_type_decide_on_the_format(
    tmp_path: Path, name: str, declared: str, content: Any, text: str
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(content() if callable(content) else content)
    assert text in extract_file(path, name, content_type=declared).text


def test_a_missing_file_is_a_server_error(tmp_path: Path) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract_file(tmp_path / "gone", "a.txt")
    assert caught.value.code == "server_error"
