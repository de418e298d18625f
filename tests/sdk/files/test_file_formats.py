"""Files of every format are found, filtered, cited with their page, or refused."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from fpdf import FPDF
from openai import OpenAI
from openai.types.beta.threads import FileCitationAnnotation

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.retrieval import files
from tests.retrieval.corpus.kept_files import kept
from tests.sdk.steps import answered, ask, search_call

pytestmark = pytest.mark.usefixtures("indexer")

CODE = ("c", "cpp", "cs", "css", "go", "java", "js", "php", "py", "rb", "sh", "ts")
SOON = 20  # milliseconds between two polls
FACT = "The lighthouse of {} was painted green."


def word_document(text: str) -> bytes:
    made, buffer = docx.Document(), io.BytesIO()
    made.add_paragraph(text)
    made.save(buffer)
    return buffer.getvalue()


def slides(text: str) -> bytes:
    made, buffer = pptx.Presentation(), io.BytesIO()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = text
    made.save(buffer)
    return buffer.getvalue()


def workbook(text: str) -> bytes:
    made, buffer = openpyxl.Workbook(), io.BytesIO()
    made.active.append([text])
    made.save(buffer)
    return buffer.getvalue()


def pages(*texts: str) -> bytes:
    """Return a PDF with one page for each text."""
    made = FPDF()
    made.set_font("helvetica", size=10)
    for text in texts:
        made.add_page()
        made.multi_cell(0, text=text)
    return bytes(made.output())


def book(path: Path, text: str) -> bytes:
    """Return an EPUB with one chapter."""
    members: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": "<container><rootfiles><rootfile full-path='b.opf'/>"
        "</rootfiles></container>",
        "b.opf": "<package><manifest><item id='a' href='a.xhtml'"
        " media-type='application/xhtml+xml'/></manifest><spine><itemref idref='a'/></spine>"
        "</package>",
        "a.xhtml": f"<html><body><p>{text}</p></body></html>",
    }
    return files.archive(path, members).read_bytes()


def every_format(folder: Path) -> Iterable[tuple[str, bytes]]:
    """Yield a name and content for each format, with a fact that names the format."""
    for ending in CODE:
        yield f"a.{ending}", f"/* {FACT.format(ending)} */".encode()
    plain = {
        "csv": "fact\n{}\n",
        "html": "<p>{}</p>",
        "json": '{{"fact": "{}"}}',
        "md": "# Fact\n\n{}",
        "tex": "\\begin{{document}}{}\\end{{document}}",
        "txt": "{}",
        "xml": "<fact>{}</fact>",
    }
    for ending, form in plain.items():
        yield f"a.{ending}", form.format(FACT.format(ending)).encode()
    yield "a.docx", word_document(FACT.format("docx"))
    yield "a.pptx", slides(FACT.format("pptx"))
    yield "a.xlsx", workbook(FACT.format("xlsx"))
    yield "a.pdf", pages(FACT.format("pdf"))
    yield "a.epub", book(folder / "a.epub", FACT.format("epub"))


def test_every_format_is_read_found_and_filtered(client: OpenAI, tmp_path: Path) -> None:
    store = client.vector_stores.create().id
    made = list(every_format(tmp_path))
    batch = client.vector_stores.file_batches.create_and_poll(
        store,
        files=[
            {
                "file_id": client.files.create(file=file, purpose="assistants").id,
                "attributes": {"kind": file[0][2:], "number": number, "code": number < len(CODE)},
            }
            for number, file in enumerate(made)
        ],
        poll_interval_ms=SOON,
    )
    rows = list(client.vector_stores.files.list(store, order="asc"))
    assert [row.last_error for row in rows if row.last_error] == []
    assert (batch.status, batch.file_counts.completed) == ("completed", 24)
    for row, (name, _) in zip(rows, made, strict=True):
        [content] = client.vector_stores.files.content(row.id, vector_store_id=store).data
        assert FACT.format(name[2:]) in (content.text or "")

    def found(filters: Any) -> set[str]:
        hits = client.vector_stores.search(
            store, query="What colour had the lighthouse?", max_num_results=50, filters=filters
        )
        return {hit.filename[2:] for hit in hits}

    def one(operator: str, key: str, value: Any) -> dict[str, Any]:
        return {"type": operator, "key": key, "value": value}

    everything = {name[2:] for name, _ in made}
    assert found(None) == everything
    assert found(one("eq", "code", True)) == set(CODE)
    assert found(one("ne", "code", True)) == everything - set(CODE)
    assert found(one("in", "kind", ["pdf", "docx", "c"])) == {"pdf", "docx", "c"}
    assert found(one("nin", "kind", list(CODE))) == everything - set(CODE)
    assert found(one("lt", "number", 2)) == {"c", "cpp"}
    assert found(one("gte", "number", 23)) == {"epub"}
    few = {"type": "or", "filters": [one("eq", "kind", "md"), one("lte", "number", 1)]}
    both = {"type": "and", "filters": [few, one("gt", "number", 0)]}
    assert found(both) == {"md", "cpp"}


def test_files_without_usable_text_fail_with_the_reason(client: OpenAI, tmp_path: Path) -> None:
    whole = word_document("text")
    bomb = files.archive(tmp_path / "a.docx", {"x": b"\0" * 40_000_000}).read_bytes()
    locked = files.pdf(tmp_path / "a.pdf", password="x").read_bytes()
    wrong = {
        "old.doc": (b"\xd0\xcf\x11\xe0", "unsupported_file", "Save the file as .docx"),
        "scan.pdf": (files.scan(tmp_path / "b.pdf").read_bytes(), "invalid_file", "OCR"),
        "locked.pdf": (locked, "invalid_file", "password"),
        "half.docx": (whole[: len(whole) // 2], "invalid_file", "damaged"),
        "bomb.docx": (bomb, "invalid_file", "times its size"),
    }
    store = client.vector_stores.create().id
    batch = client.vector_stores.file_batches.upload_and_poll(
        store,
        files=[(name, data) for name, (data, _, _) in wrong.items()],
        poll_interval_ms=SOON,
    )
    assert (batch.status, batch.file_counts.failed) == ("failed", len(wrong))
    for row in client.vector_stores.files.list(store, filter="failed"):
        _, code, says = wrong[client.files.retrieve(row.id).filename]
        assert row.last_error
        assert (row.last_error.code, says in row.last_error.message) == (code, True)


def test_citations_name_the_page_that_has_the_answer(
    client: OpenAI, provider: ScriptedProvider
) -> None:
    filler = "Nothing of interest is written here, and it is written at some length. " * 12
    paper = pages(filler, f"{filler}\n\nThe vault opens with the number 7391.", filler)
    store = client.vector_stores.create().id
    row = client.vector_stores.files.upload_and_poll(
        vector_store_id=store,
        file=("vault.pdf", paper),
        chunking_strategy={
            "type": "static",
            "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0},
        },
        poll_interval_ms=SOON,
    )
    [content] = client.vector_stores.files.content(row.id, vector_store_id=store).data
    assert (content.text or "").count("Nothing of interest") == 3 * 12
    assistant = client.beta.assistants.create(
        model=MODEL,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store]}},
    )
    provider.enqueue(
        search_call("number that opens the vault"), Reply(text="7391【0:0†vault.pdf】")
    )
    _, message = answered(client, assistant, ask(client))
    assert message.content[0].type == "text"
    [annotation] = message.content[0].text.annotations
    assert isinstance(annotation, FileCitationAnnotation)
    ours = annotation.file_citation.to_dict()
    assert "7391" in str(ours["quote"])
    assert ours["page"] == 2
    result = provider.completions[-1]["messages"][-1]["content"]
    assert "【0:0†vault.pdf】 (page 2)\n" in result


def test_citations_quote_hebrew_as_it_is_read(client: OpenAI, provider: ScriptedProvider) -> None:
    store = client.vector_stores.create().id
    seen = {
        "report.pdf": (kept("rtl-hebrew.pdf"), "החברה Kranich מכרה 1250 יחידות בשנת 2023."),
        "form.pdf": (kept("filled-form.pdf"), "☒ I want the newsletter"),
        "paper.docx": (kept("superscripts.docx"), "H₂O, 10⁶ units"),
    }
    for name, (data, words) in seen.items():
        row = client.vector_stores.files.upload_and_poll(
            vector_store_id=store, file=(name, data), poll_interval_ms=SOON
        )
        [content] = client.vector_stores.files.content(row.id, vector_store_id=store).data
        assert words in (content.text or "")
    assistant = client.beta.assistants.create(
        model=MODEL,
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store]}},
    )
    provider.enqueue(search_call("כמה יחידות מכרה החברה"), Reply(text="1250【0:0†report.pdf】"))
    _, message = answered(client, assistant, ask(client))
    assert message.content[0].type == "text"
    [annotation] = message.content[0].text.annotations
    assert isinstance(annotation, FileCitationAnnotation)
    assert seen["report.pdf"][1] in str(annotation.file_citation.to_dict()["quote"])
