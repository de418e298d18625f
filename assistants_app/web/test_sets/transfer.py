"""Import and export of test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.documents.yaml_text import as_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.ids import new_id
from assistants_app.domain.test_sets.csv_out import csv_lines
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.jsonl import jsonl_lines
from assistants_app.domain.test_sets.matching import plan_import
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.openai_evals.writing import evals_document
from assistants_app.domain.test_sets.promptfoo.writing import promptfoo_document
from assistants_app.domain.test_sets.reading import CSV, EVALS, FORMATS, JSONL, read_tests
from assistants_app.models import Project, TestSet
from assistants_app.queries.test_sets.sets import (
    each_row,
    file_hashes,
    get_test_set,
    known_rows,
)
from assistants_app.services.files.stored_bytes import discard_bytes, store_bytes
from assistants_app.services.people.exports import note_export
from assistants_app.services.test_sets import sets
from assistants_app.services.test_sets.imported_tapes import with_known_tapes
from assistants_app.services.test_sets.rows import import_test_rows
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.web.http import author_of, download, project_view
from assistants_app.wire.assistants.import_export import as_json

SHOWN_ROWS = 10
SHOWN_PROBLEMS = 50
# Between the preview and the import. Bytes without a row are swept away later.
MAX_AGE = 3600  # seconds
SALT = "tests"


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file that was uploaded for a preview, under the storage key `key`."""

    key: str
    name: str
    message: str


@project_view("GET", "POST", verb={"GET": "read", "POST": "import_test_rows"})
def import_(request: HttpRequest, project: Project) -> HttpResponse:
    """GET: show the form. POST with a ``file`` or ``text``: show what an import would do. POST with
    the ``token`` of that preview: do it, and open the set.

    ``set`` is the set that the rows go to, or "" for a new one.
    """
    set_id = request.POST.get("set", "") or request.GET.get("set", "")
    test_set = get_test_set(project, set_id) if set_id else None
    if request.method == "GET":
        return _render(request, project, test_set)
    try:
        if token := request.POST.get("token"):
            return _import(request, project, test_set, _uploaded(project, token))
        return _preview(request, project, test_set)
    except InvalidRequest as error:
        return _render(request, project, test_set, status=422, error=error.message)


def _preview(request: HttpRequest, project: Project, test_set: TestSet | None) -> HttpResponse:
    data, name = _sent(request)
    message = request.POST.get("message", "").strip()
    found = with_known_tapes(project, read_tests(data, name=name, message=message))
    upload = _Upload(new_id("testfile"), name, message)
    store_bytes(key=upload.key, chunks=[data], limit=limits.TEST_IMPORT_BYTES)
    plan = plan_import(known_rows(test_set) if test_set else [], found.rows)
    shown: dict[str, Any] = {
        "found": found,
        "format": FORMATS[found.format],
        "plan": plan,
        "problems": found.problems[:SHOWN_PROBLEMS],
        "more_problems": max(len(found.problems) - SHOWN_PROBLEMS, 0),
        "reasons": _reasons(found, file_hashes(test_set) if test_set else set()),
        "rows": [row.content for row in found.rows[:SHOWN_ROWS]],
        "name": found.name or name.rpartition(".")[0] or name,
        "token": _token(project, upload),
    }
    return _render(request, project, test_set, **shown)


def _sent(request: HttpRequest) -> tuple[bytes, str]:
    uploaded = request.FILES.get("file")
    if uploaded:
        # One byte more than allowed, so that a file which is too large is refused, not cut.
        return uploaded.read(limits.TEST_IMPORT_BYTES + 1), uploaded.name or ""
    return request.POST.get("text", "").encode("utf-8", "replace"), ""


def _reasons(found: ImportedSet, files: set[str]) -> list[tuple[str, int]]:
    """Return why rows don't run here as they are, with their numbers, the most frequent first.

    `files` are the hashes of the set's files.
    """
    counts: dict[str, int] = {}
    # A file of tests has only the names and hashes of the files that its rows need.
    lost = _("a file of the row isn't in this test set. Add it on the row's own page")
    for row in found.rows:
        named = {file["sha256"] for file in row.content.get("files", [])}
        for reason in (*not_run(row.content), *([] if named <= files else [lost])):
            counts[reason] = counts.get(reason, 0) + 1
    return sorted(counts.items(), key=lambda one: -one[1])


def _token(project: Project, upload: _Upload) -> str:
    value = [project.id, upload.key, upload.name, upload.message]
    return signing.dumps(value, salt=SALT, compress=True)


def _uploaded(project: Project, token: str) -> _Upload:
    try:
        project_id, *rest = signing.loads(token, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        project_id, rest = "", []
    if project_id != project.id:
        raise InvalidRequest(_("This preview is too old. Choose the file again."))
    return _Upload(*rest)


def _import(
    request: HttpRequest, project: Project, test_set: TestSet | None, upload: _Upload
) -> HttpResponse:
    try:
        data = b"".join(byte_store().read(upload.key))
    except BytesMissing:
        raise InvalidRequest(_("This preview is too old. Choose the file again.")) from None
    found = read_tests(data, name=upload.name, message=upload.message)
    author = author_of(request)
    if test_set is None:
        name = request.POST.get("name", "")
        test_set = sets.create_test_set(project=project, name=name, author=author)
    done = import_test_rows(project=project, set_id=test_set.id, imported=found, author=author)
    discard_bytes(keys=[upload.key])
    words = _("Imported: %(added)d new, %(changed)d changed, %(same)d already there.")
    counts = {"added": done.added, "changed": done.changed, "same": done.same}
    messages.success(request, words % counts)
    return redirect("test_set", project.id, test_set.id)


def _render(
    request: HttpRequest,
    project: Project,
    test_set: TestSet | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "project": project,
        "section": "tests",
        "set": test_set,
        "text": request.POST.get("text", ""),
        "message": request.POST.get("message", ""),
        **more,
    }
    return render(request, "tests/import.html", context, status=status)


@project_view("GET", verb="read")
def export(
    request: HttpRequest, project: Project, set_id: str, test_format: str
) -> HttpResponseBase:
    """Download the rows in a format, see ``FORMATS``."""
    if test_format not in FORMATS:
        raise Http404(f"Unknown export format: '{test_format}'.")
    test_set = get_test_set(project, set_id)
    suffix, media_type = _FILES[test_format]
    note_export(project=project, kind="test_set", target_id=test_set.id, target_name=test_set.name)
    name = f"{slugify(test_set.name, allow_unicode=True)[:80] or test_set.id}.{suffix}"
    pieces = _pieces(test_format, test_set)
    return cast(HttpResponseBase, download(pieces, name, f"{media_type}; charset=utf-8"))


_FILES = {
    CSV: ("csv", "text/csv"),
    JSONL: ("jsonl", "application/jsonl"),
    "promptfoo": ("yaml", "application/yaml"),
    EVALS: ("json", "application/json"),
}


def _pieces(kind: str, test_set: TestSet) -> Iterator[str]:
    rows = each_row(test_set)
    if kind == CSV:
        # Spreadsheets need the mark to recognise UTF-8.
        yield "\ufeff"
        yield from csv_lines(rows, test_set.columns)
    elif kind == JSONL:
        yield from jsonl_lines(rows)
    elif kind == EVALS:
        yield as_json(evals_document(test_set.name, test_set.kept, rows))
    else:
        yield as_yaml(promptfoo_document(test_set.name, test_set.kept, rows))
