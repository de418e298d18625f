"""Import with its preview, and exports."""

import json
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile

from assistants_app.domain.test_sets.reading import FORMATS, read_tests
from assistants_app.models import AuditEntry, TestSet
from tests.cast import Cast
from tests.domain.test_sets.documents import EVAL, PROMPTFOO
from tests.services.test_sets.sets import new_set, rows_of
from tests.web.pages import project_url, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)


def post(cast: Cast, **form: Any) -> Any:
    return signed_in(cast.bob).post(project_url(cast, "import_tests"), form)


def preview(cast: Cast, name: str, data: str, **form: str) -> tuple[str, str]:
    """Return the page of the preview and its token."""
    answer = post(cast, file=SimpleUploadedFile(name, data.encode()), **form)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    found = re.search(r'name="token"\s+value="([^"]+)"', page)
    assert found
    return squeezed(page), found[1]


def export(cast: Cast, test_set: TestSet, kind: str) -> bytes:
    answer: Any = signed_in(cast.vera).get(project_url(cast, "export_tests", test_set.id, kind))
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"

    async def joined() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(joined)()


def test_a_file_is_shown_before_anything_is_stored(cast: Cast) -> None:
    page, token = preview(cast, "promptfooconfig.yaml", PROMPTFOO)
    assert "3 new, 0 changed, 0 already there" in page
    assert "Not run here in 2 rows" in page
    assert not TestSet.objects.exists()
    answer = post(cast, token=token, name="Cities")
    [made] = TestSet.objects.all()
    assert answer["Location"] == project_url(cast, "test_set", made.id)
    assert len(rows_of(made)) == 3
    assert AuditEntry.objects.filter(verb="import_test_rows").count() == 1
    # The bytes of the preview are gone.
    assert post(cast, token=token, name="Cities").status_code == 422
    again, token = preview(cast, "promptfooconfig.yaml", PROMPTFOO, set=made.id)
    assert "0 new, 0 changed, 3 already there" in again
    post(cast, token=token, set=made.id)
    assert len(rows_of(made)) == 3


def test_rows_that_cannot_be_imported_are_named_and_left_out(cast: Cast) -> None:
    page, token = preview(cast, "a.csv", "question,__expected\ngood,1\nbad,latency:soon\n")
    assert "line 3" in page
    assert "Import 1 row" in page
    post(cast, token=token, name="CSV")
    assert len(rows_of(TestSet.objects.get())) == 1


def test_text_can_be_pasted_with_a_message(cast: Cast) -> None:
    answer = post(cast, text="a,b\n1,2\n", message="Add {{a}} and {{b}}")
    assert "Add {{a}} and {{b}}" in answer.content.decode()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"a: &a [*a]\ntests: 1", b"\x00"])
def test_a_file_that_is_no_tests_is_refused_with_a_reason(cast: Cast, data: bytes) -> None:
    answer = post(cast, file=SimpleUploadedFile("a.yaml", data))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_preview_belongs_to_its_project(cast: Cast) -> None:
    _page, token = preview(cast, "a.csv", "question\nx\n")
    for bad in (f"{token}x", "nonsense", ""):
        assert post(cast, token=bad, name="x").status_code == 422
    other: Any = signed_in(cast.charlie).post(
        f"/p/{cast.other_project.id}/tests/import/", {"token": token, "name": "x"}
    )
    assert other.status_code == 422
    assert not TestSet.objects.exists()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("name", "data"), [("a.yaml", PROMPTFOO), ("a.json", json.dumps(EVAL))])
def test_every_export_comes_back_as_it_was(cast: Cast, kind: str, name: str, data: str) -> None:
    _page, token = preview(cast, name, data)
    post(cast, token=token, name="Cities")
    [made] = TestSet.objects.all()
    suffix = {"csv": "csv", "jsonl": "jsonl", "promptfoo": "yaml", "openai": "json"}[kind]
    again = read_tests(export(cast, made, kind), name=f"x.{suffix}")
    assert again.problems == []
    assert [(row.key, row.content) for row in again.rows] == [
        (row.key, row.row.content) for row in rows_of(made)
    ]
    entry = AuditEntry.objects.get(verb="export")
    assert (entry.target_type, entry.target_name) == ("test_set", "Cities")


def test_an_unknown_format_is_not_found(cast: Cast) -> None:
    url = project_url(cast, "export_tests", new_set(cast).id, "docx")
    assert signed_in(cast.bob).get(url).status_code == 404


def test_a_file_that_the_set_does_not_have_is_named_before_and_after_the_import(
    cast: Cast,
) -> None:
    file = {"name": "a.txt", "sha256": "0" * 64, "bytes": 1, "mime_type": "t", "tool": "image"}
    line = json.dumps({"turns": [{"role": "user", "content": "x"}], "files": [file]})
    page, token = preview(cast, "rows.jsonl", line)
    assert "Not run here in 1 row: a file of the row isn&#x27;t in this test set" in page
    post(cast, token=token, name="Mine")
    [made] = TestSet.objects.all()
    [working] = rows_of(made)
    url = project_url(cast, "test_row", made.id, working.key)
    answer: Any = signed_in(cast.bob).get(url)
    assert "missing" in squeezed(answer.content.decode())
    assert "/files/0/detach/" in answer.content.decode()
    assert '/files/0/"' not in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        b'{"description": "\\ud800", "tests": ["x", {"assert": [{"$ref": "\\ud800"}]}]}',
        b'{"tests": ["file://\\udfff"], "env": {"a": NaN}}',
        b'{"id": "\\ud800", "turns": [{"role": "user", "content": "x"}]}',
        b'{"tests": [{"vars": {"q": ' + b"[" * 600 + b"]" * 600 + b"}}]}",
        b"q,__expected\nx,word-count: inf\n",
        b"tests: [{vars: {q: 0x" + b"f" * 4000 + b"}}]",
        b"tests: [{vars: {q: x, q: y}}]",
    ],
)
def test_a_file_that_is_made_to_break_the_page_is_refused_in_words(cast: Cast, data: bytes) -> None:
    answer = post(cast, file=SimpleUploadedFile("tests", data))
    page = squeezed(answer.content.decode())
    assert answer.status_code in (200, 422)
    assert "banner err" in page
    assert not TestSet.objects.exists()
