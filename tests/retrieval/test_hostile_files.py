"""Damaged, locked and hostile files: each fails with a clear error, within its limits."""

import json
import marshal
import os
import sys
import time
import zlib
from pathlib import Path

import openpyxl
import pytest

from assistants_app.retrieval.extract import ExtractionError, Limits, extract_file, process
from tests.retrieval import files

DOCX = "word/document.xml"
BODY = (
    "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>"
    "{}</w:body></w:document>"
)
LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a '"
    + "lol" * 100
    + "'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 50}'>" for n in range(8))
    + "]>"
)
MANY_PAGES = 10_001


def failure(path: Path, limits: Limits | None = None) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        extract_file(path, path.name, limits)
    assert caught.value.code == "invalid_file"
    return caught.value


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def pdf_of(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects. The first one is the catalog."""
    data, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj %s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return data + b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, start)


def pdf_with_stream(stream: bytes) -> bytes:
    packed = zlib.compress(stream, 9)
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>",
            b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )


@pytest.mark.parametrize("name", ["a.txt", "a.py", "a.md", "a.html", "a.csv"])
def test_empty_files_contain_no_text(tmp_path: Path, name: str) -> None:
    assert failure(written(tmp_path / name, b"")).message == "The file contains no text."


@pytest.mark.parametrize("name", ["a.xml", "a.pdf"])
def test_empty_files_of_a_structured_format_are_damaged(tmp_path: Path, name: str) -> None:
    assert "damaged" in failure(written(tmp_path / name, b"")).message


@pytest.mark.parametrize("content", [b" \n\t\n", b"\xef\xbb\xbf", b"\x0c\n"])
def test_white_space_is_no_text(tmp_path: Path, content: bytes) -> None:
    assert "no text" in failure(written(tmp_path / "a.txt", content)).message


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.html", "a.csv"])
def test_binary_data_is_not_read_as_text(tmp_path: Path, name: str) -> None:
    data = bytes(range(256)) * 100
    assert "binary" in failure(written(tmp_path / name, data)).message


def test_programs_are_not_read_as_text(tmp_path: Path) -> None:
    program = Path(sys.executable).resolve().read_bytes()[:500_000]
    compiled = marshal.dumps(compile("def f(x):\n    return x + 1\n" * 50, "x.py", "exec"))
    for number, data in enumerate((program, program[:4096], compiled)):
        assert "binary" in failure(written(tmp_path / f"{number}.txt", data)).message


def test_only_the_place_that_breaks_the_encoding_is_replaced(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", b"\xff\xfea\x00\x00\xd8")
    assert extract_file(path, "a.txt").text == "a\ufffd"


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xlsx", "a.pptx", "a.epub"])
def test_damaged_files_are_reported(tmp_path: Path, name: str) -> None:
    message = failure(written(tmp_path / name, b"nothing like it " * 50)).message
    assert "damaged" in message
    assert message.endswith(").")
    assert not message.endswith(".).")


def test_half_a_file_is_damaged(tmp_path: Path) -> None:
    whole = tmp_path / "whole.xlsx"
    openpyxl.Workbook().save(whole)
    data = whole.read_bytes()
    assert "damaged" in failure(written(tmp_path / "a.xlsx", data[: len(data) // 2])).message


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx", "a.epub"])
def test_an_archive_of_something_else_is_damaged(tmp_path: Path, name: str) -> None:
    assert "damaged" in failure(files.archive(tmp_path / name, {"x.txt": "x"})).message


def test_a_scan_gets_the_advice_to_use_text_recognition(tmp_path: Path) -> None:
    assert "OCR" in failure(files.scan(tmp_path / "a.pdf")).message


def test_a_password_protected_pdf_is_reported(tmp_path: Path) -> None:
    assert "password" in failure(files.pdf(tmp_path / "a.pdf", password="x")).message


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_a_password_protected_office_file_is_reported(tmp_path: Path, name: str) -> None:
    locked = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096
    assert "password" in failure(written(tmp_path / name, locked)).message


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx", "a.epub"])
def test_archives_that_unpack_to_many_times_their_size_are_refused(
    tmp_path: Path, name: str
) -> None:
    bomb = files.archive(tmp_path / name, {"x": b"\0" * 40_000_000})
    assert "times its size" in failure(bomb).message


def test_archives_that_unpack_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    bomb = files.archive(tmp_path / "a.docx", {"x": os.urandom(3_000_000)})
    assert "limit is 1 MiB" in failure(bomb, Limits(unpacked_bytes=2_000_000)).message


def test_an_archive_that_lies_about_its_sizes_is_damaged(tmp_path: Path) -> None:
    path = files.archive(tmp_path / "a.docx", {DOCX: BODY.format("<w:p/>" * 1_000_000)})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    assert "damaged" in failure(written(path, bytes(data))).message


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    assert "entities" in failure(written(tmp_path / "a.xml", LAUGHS + "<l>&i;</l>")).message
    word = files.archive(tmp_path / "a.docx", {DOCX: LAUGHS + BODY.format("&i;")})
    assert "entities" in failure(word).message


def test_entities_do_not_read_files_of_this_machine(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret", "the secret")
    source = f"<!DOCTYPE a [<!ENTITY x SYSTEM 'file://{secret}'>]><a>&x;</a>"
    assert "entities" in failure(written(tmp_path / "a.xml", source)).message


def test_deep_nesting_is_refused_or_read(tmp_path: Path) -> None:
    deep = 100_000
    assert "deep" in failure(written(tmp_path / "a.xml", "<a>" * deep)).message
    json_text = "[" * deep + "1" + "]" * deep
    assert extract_file(written(tmp_path / "a.json", json_text), "a.json").text == json_text
    html = "<div>" * 10_000 + "inside"
    assert "inside" in extract_file(written(tmp_path / "a.html", html), "a.html").text
    for nested in ("<div>" * 300_000, "<b><i></b>" * 100_000, "<div>" * 9000 + "<p>a</p>" * 90_000):
        started = time.monotonic()
        assert "deep" in failure(written(tmp_path / "b.html", nested)).message
        assert time.monotonic() - started < 10
        book = files.epub(tmp_path / "a.epub", nested)
        assert "deep" in failure(book).message
    paragraphs = "<w:p>" * deep
    word = files.archive(tmp_path / "a.docx", {DOCX: BODY.format(paragraphs)})
    assert "deep" in failure(word).message


def test_a_list_of_very_many_options_is_refused(tmp_path: Path) -> None:
    options = "<select>" + "<option>a" * 200_000
    assert "options" in failure(written(tmp_path / "a.html", options)).message
    lists = "<p>words<select>" + "<option>a" * 300 + "</select>"
    assert extract_file(written(tmp_path / "b.html", lists * 300), "b.html").text.count("words")


def test_the_pages_of_a_file_are_bounded_together(tmp_path: Path) -> None:
    part = "--b\nContent-Type: text/html\n\n" + "<div>" * 11_000 + "inside\n"
    head = "From: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    assert "inside" in extract_file(written(tmp_path / "a.eml", head + part * 2), "a.eml").text
    assert "deep" in failure(written(tmp_path / "b.eml", head + part * 50)).message
    outputs = [{"output_type": "display_data", "data": {"text/html": "<div>" * 11_000}}] * 50
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": "1", "outputs": outputs}]})
    assert "deep" in failure(written(tmp_path / "a.ipynb", notebook)).message


def test_the_time_of_a_text_grows_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "CPU_SECONDS_OF_TEXT", 0)
    monkeypatch.setattr(process, "CPU_SECONDS_PER_MIB", 2)
    # The parser compares each attribute of an element with those before it.
    attributes = "<p " + " ".join(f"a{number}" for number in range(150_000)) + ">"
    page = attributes + "." * (2**20 - len(attributes))
    assert "more than 2 seconds" in failure(written(tmp_path / "a.html", page)).message
    assert "It ended." in extract_file(files.epub(tmp_path / "a.epub"), "a.epub").text


def test_a_sheet_of_two_cells_far_apart_stays_within_its_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "first"
    book.active["XFD1048576"] = "last"
    book.save(tmp_path / "a.xlsx")
    document = extract_file(tmp_path / "a.xlsx", "a.xlsx", Limits(memory_bytes=300 * 2**20))
    assert document.text.count("first") == document.text.count("last") == 1


def test_pages_are_bounded(tmp_path: Path) -> None:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(MANY_PAGES))
    pages = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * MANY_PAGES
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, MANY_PAGES)
    path = written(tmp_path / "a.pdf", pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", tree, *pages]))
    assert "10,000 pages" in failure(path).message
    assert "OCR" in failure(path, Limits(pages=MANY_PAGES)).message


def test_the_text_is_bounded(tmp_path: Path) -> None:
    limits = Limits(characters=1000)
    assert "1,000 characters" in failure(written(tmp_path / "a.txt", "x" * 1001), limits).message
    assert "1,000 characters" in failure(written(tmp_path / "b.txt", "x" * 9000), limits).message
    assert "1,000 characters" in failure(written(tmp_path / "a.csv", "x,y\n" * 900), limits).message


def test_time_is_bounded(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", "a,b\n" * 4_500_000)
    started = time.monotonic()
    assert "more than" in failure(table, Limits(cpu_seconds=1)).message
    assert "more than" in failure(table, Limits(wall_seconds=0.5)).message
    assert time.monotonic() - started < 30


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "words " * 20_000_000)
    message = failure(path, Limits(memory_bytes=200 * 2**20, characters=200_000_000)).message
    assert "200 MiB" in message


def test_a_reader_that_crashes_fails_only_its_file(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=300 * 2**20)
    path = written(tmp_path / "a.pdf", pdf_with_stream(b"q " * 5_000_000))
    assert "failed (SIG" in failure(path, limits).message
