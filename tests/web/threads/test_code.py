"""Files, and code that people run, without an interpreter host."""

import re
import unicodedata
from typing import Any, ClassVar, Literal

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from assistants_app.domain import limits
from assistants_app.domain.lists import PageParams
from assistants_app.models import File, Message, RunStep
from assistants_app.queries.files.files import list_files
from assistants_app.redis_client import client as redis
from assistants_app.sandbox.protocol import Execution, StopSignal
from assistants_app.tools.code_interpreter import CodeInterpreter, by_hand
from assistants_app.wire.runs.steps import code_call, code_result, tool_calls_details
from tests.cast import Cast, make_file
from tests.web.pages import signed_in


@pytest.fixture
def step(cast: Cast) -> RunStep:
    """A step with one code interpreter call."""
    call = {**code_call("call_1", "print('Secret')", []), "result": code_result("ok")}
    return RunStep.objects.create(
        run=cast.run,
        thread_id=cast.thread.id,
        assistant_id=cast.assistant.id,
        type="tool_calls",
        status="completed",
        step_details=tool_calls_details([call]),
    )


def content_of(cast: Cast, file: File) -> tuple[bytes, dict[str, str]]:
    answer: Any = signed_in(cast.bob).get(reverse("file_content", args=[cast.project.id, file.id]))
    assert answer.status_code == 200

    async def collected() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return async_to_sync(collected)(), dict(answer.items())


@pytest.mark.parametrize("method", ["get", "post"])
def test_code_of_others_is_neither_seen_nor_run(cast: Cast, step: RunStep, method: str) -> None:
    arguments = [cast.project.id, cast.thread.id, step.id, 0]
    answer = getattr(signed_in(cast.charlie), method)(reverse("edit_code", args=arguments))
    assert answer.status_code == 404
    elsewhere = [cast.other_project.id, *arguments[1:]]
    answer = getattr(signed_in(cast.charlie), method)(reverse("edit_code", args=elsewhere))
    assert answer.status_code == 404
    assert "Secret" not in answer.content.decode()


def test_a_call_is_stopped_by_its_name_and_not_by_others(cast: Cast) -> None:
    url = reverse("stop_code", args=[cast.project.id, cast.thread.id])
    assert signed_in(cast.charlie).post(url, {"call": "one"}).status_code == 404
    key = f"code:{{{cast.thread.id}}}:one"
    assert redis().get(key) is None
    assert signed_in(cast.alice).post(url, {"call": "two"}).status_code == 200
    assert redis().get(key) is None
    assert signed_in(cast.alice).post(url, {"call": "one"}).status_code == 200
    assert redis().get(key) == b"stop"
    assert redis().ttl(key) > 0


def test_a_stop_that_comes_first_stops_the_call_as_it_begins(
    cast: Cast, step: RunStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Host:
        """Notes whether each call was stopped before it began."""

        stopped: ClassVar[list[bool]] = []

        def execute(self, *_: object, stop: StopSignal, **__: object) -> Execution:
            self.stopped.append(stop.is_set())
            return Execution([], new_session=False, ended="ok", duration_seconds=0)

    monkeypatch.setattr(by_hand, "sandbox", Host)
    client = signed_in(cast.alice)
    edit = reverse("edit_code", args=[cast.project.id, cast.thread.id, step.id, 0])
    stop = reverse("stop_code", args=[cast.project.id, cast.thread.id])

    def call_in(page: bytes) -> str:
        found = re.search(r'name="call" id="code-call" value="(\w+)"', page.decode())
        assert found
        return found[1]

    first = call_in(client.get(edit).content)
    client.post(stop, {"call": first})
    second = call_in(client.post(edit, {"code": "1", "call": first}).content)
    client.post(stop, {"call": first})  # late
    client.post(edit, {"code": "1", "call": second})
    assert Host.stopped == [True, False]


def test_a_call_that_is_not_there_is_not_found(cast: Cast, step: RunStep) -> None:
    url = reverse("edit_code", args=[cast.project.id, cast.thread.id, step.id, 1])
    assert signed_in(cast.alice).get(url).status_code == 404


def test_without_an_interpreter_host_the_person_is_told_what_to_do(
    cast: Cast, step: RunStep
) -> None:
    client = signed_in(cast.alice)
    arguments = [cast.project.id, cast.thread.id]
    edit = reverse("edit_code", args=[*arguments, step.id, 0])
    assert "print(&#x27;Secret&#x27;)" in client.get(edit).content.decode()
    assert "SANDBOX_HOSTS" in client.post(edit, {"code": "1"}).content.decode()
    assert "Enter some code to run." in client.post(edit, {"code": " "}).content.decode()
    assert "SANDBOX_HOSTS" in client.get(reverse("session", args=arguments)).content.decode()


def test_images_are_shown_and_everything_else_is_saved_and_nothing_runs(cast: Cast) -> None:
    image = make_file(cast.project, b"PNG", filename="a.png", mime_type="image/png")
    data, headers = content_of(cast, image)
    assert data == b"PNG"
    assert headers["Content-Type"] == "image/png"
    assert not headers["Content-Disposition"].startswith("attachment")
    for mime_type in ("text/html", "image/svg+xml", "application/pdf"):
        page = make_file(cast.project, b"<script>", filename="a b.html", mime_type=mime_type)
        _, headers = content_of(cast, page)
        assert headers["Content-Disposition"] == 'attachment; filename="a b.html"'
        assert headers["Content-Security-Policy"] == "sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"


BANK_STATEMENT = "Kontoübersicht\n\nDatum;Text;Betrag\n01.02.2024;Miete, Garage;-1.000,56\n".encode(
    "cp1252"
)


@pytest.mark.parametrize(
    ("name", "mime_type", "data", "shown"),
    [
        ("a.csv", "text/csv", b'x,y\n1,"<b>"\n', "<td>&lt;b&gt;</td>"),
        ("bank.csv", "text/csv", BANK_STATEMENT, "<td>-1.000,56</td>"),
        ("bank.csv", "text/csv", BANK_STATEMENT, "Betrag"),
        ("bank.csv", "text/csv", BANK_STATEMENT, '<p class="hint">Kontoübersicht</p>'),
        ("a.csv", "text/csv", b"sep=|\na|b\n1|2,5\n", "<td>2,5</td>"),
        ("a.tsv", "text/plain", "Größe\t1\n".encode("utf-16"), "<td>Größe</td>"),
        ("a.txt", "text/plain", "請求書、在庫あり".encode("cp932"), "請求書、在庫あり"),
        ("a.txt", "text/plain", "Größe".encode() + b"\xff 5 mm", "Größe\ufffd 5 mm"),
        ("a.py", "text/x-python", b"import os\n", 'class="hl-kn"'),
        ("a.png", "image/png", b"PNG", 'class="large"'),
        ("a.pdf", "application/pdf", b"%PDF", "PDF files have no preview"),
        ("a.bin", "application/octet-stream", b"\0\1", "no preview"),
        ("a.txt", "text/plain", b"line\n" * 1000, "Only the beginning is shown."),
        ("a.txt", "text/plain", "é".encode() * 65_536, "Only the beginning is shown."),
    ],
)
def test_files_are_previewed_by_their_kind(
    cast: Cast, name: str, mime_type: str, data: bytes, shown: str
) -> None:
    file = make_file(cast.project, data, filename=name, mime_type=mime_type)
    url = reverse("file_preview", args=[cast.project.id, file.id])
    page = signed_in(cast.alice).get(url).content.decode()
    assert shown in page.replace('<td class="num">', "<td>").replace("<td >", "<td>")


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_files_are_found_in_any_spelling_of_their_accents(
    cast: Cast, stored: Literal["NFC", "NFD"], typed: Literal["NFC", "NFD"]
) -> None:
    name = unicodedata.normalize(stored, "Kündigung résumé.csv")
    file = make_file(cast.project, b"a,b", filename=name)
    found = list_files(cast.project, PageParams(), name=unicodedata.normalize(typed, "RÉSUMÉ"))
    assert found.items == [file]


def test_code_reads_the_file_that_was_attached_last_under_its_name(cast: Cast) -> None:
    older, newer = (make_file(cast.project, data, filename="data.csv") for data in (b"1", b"2"))
    tools = [{"type": "code_interpreter"}]
    for file in (older, newer):
        Message.objects.create(
            thread=cast.thread,
            role="user",
            content=[],
            attachments=[{"file_id": file.id, "tools": tools}],
            has_attachments=True,
        )
    description = CodeInterpreter().definition(cast.run)["function"]["description"]
    assert f"{older.id}-data.csv (an older data.csv), data.csv." in description


def test_an_upload_needs_its_token_and_becomes_a_file_of_the_project(cast: Cast) -> None:
    url = reverse("files", args=[cast.project.id]) + "?name=sales%20%26.csv"
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.alice)
    assert careful.put(url, b"a,b", content_type="text/csv").status_code == 403
    client = signed_in(cast.alice)
    answer = client.put(url, b"a,b", content_type="text/csv").content.decode()
    file = File.objects.get(filename="sales &.csv")
    assert (file.project, file.purpose, file.bytes) == (cast.project, "assistants", 3)
    assert file.mime_type == "text/csv"
    assert f'name="file" value="{file.id}"' in " ".join(answer.split())
    assert "sales &amp;.csv" in answer


def test_the_chip_of_a_refused_file_says_why(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    url = reverse("files", args=[cast.project.id])
    client = signed_in(cast.alice)
    for name, data, why in (
        ("empty.txt", b"", "File is empty."),
        ("", b"x", "needs a name"),
        ("x" * (limits.FILE_NAME + 1), b"x", "needs a name"),
    ):
        assert why in client.put(f"{url}?name={name}", data).content.decode()
    monkeypatch.setattr("assistants_app.conf.FILE_QUOTA_BYTES", 10)
    answer = client.put(f"{url}?name=large.txt", b"x" * 20).content.decode()
    assert "chip failed" in answer
    assert not File.objects.filter(filename="large.txt").exists()
