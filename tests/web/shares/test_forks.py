"""Copies of shared threads: they have what the link shows, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistants_app import conf
from assistants_app.models import Citation, File, Membership, Message, Run, RunStep, Thread
from assistants_app.queries.shares.rows import shared_rows
from assistants_app.queries.threads.threads import recorded_thread
from assistants_app.services.shares.shares import create_share
from assistants_app.storage.byte_store import byte_store
from assistants_app.wire.shares import Hides, public_snapshot, snapshot
from tests.cast import Cast
from tests.web.pages import signed_in
from tests.web.shares.canaries import FOUND, CanaryThread, canary_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(cast: Cast) -> CanaryThread:
    return canary_thread(cast)


def link(cast: Cast, told: CanaryThread, **options: Any) -> str:
    _, token = create_share(
        project=cast.project, thread_id=told.thread.id, user=cast.bob, title="Shared", **options
    )
    return reverse("fork_share", args=[token])


def fork(cast: Cast, url: str) -> Thread:
    """Let a stranger copy what the link shows."""
    answer = signed_in(cast.charlie).post(url, {"project": cast.other_project.id})
    assert answer.status_code == 302
    return Thread.objects.get(project=cast.other_project)


def test_a_stranger_copies_messages_and_files(cast: Cast, told: CanaryThread) -> None:
    copy = fork(cast, link(cast, told))
    assert copy.metadata == {"title": "Shared"}
    question, reply = Message.objects.filter(thread=copy).order_by("pk")
    assert "canary-message-question" in question.content[0]["text"]["value"]
    assert question.created_at.timestamp() == int(told.question.created_at.timestamp())
    files = {file.filename: file for file in File.objects.filter(project=cast.other_project)}
    assert set(files) == {
        "canary-name-attached.txt",
        "canary-name-picture.png",
        "canary-name made ü.csv",
        "canary-name-plot.png",
    }
    attached = files["canary-name-attached.txt"]
    assert [item["file_id"] for item in question.attachments] == [attached.id]
    assert b"".join(byte_store().read(attached.id)) == b"canary-name-attached.txt"
    picture = files["canary-name-picture.png"]
    assert question.content[1]["image_file"]["file_id"] == picture.id
    assert picture.purpose == "vision"
    [path, citation] = reply.content[0]["text"]["annotations"]
    value = reply.content[0]["text"]["value"]
    assert path["file_path"]["file_id"] == files["canary-name made ü.csv"].id
    for annotation in (path, citation):
        assert value[annotation["start_index"] : annotation["end_index"]] == annotation["text"]
    row = Citation.objects.get(thread=copy, number=4)
    assert (row.place, row.quote) == (0, "canary-citation-quote")


def test_a_copy_has_nothing_that_the_link_hides(cast: Cast, told: CanaryThread) -> None:
    copy = fork(cast, link(cast, told, hides=Hides(file_names=True, tools=True)))
    rows = [
        *Thread.objects.filter(pk=copy.pk).values(),
        *Message.objects.filter(thread=copy).values(),
        *Citation.objects.filter(thread=copy).values(),
        *File.objects.filter(project=cast.other_project).values(),
    ]
    text = json.dumps(rows, default=str, ensure_ascii=False)
    assert set(FOUND.findall(text.lower())) == {"canary-message-question", "canary-message-reply"}
    ids = {cast.project.id, told.thread.id, told.run.id, told.question.id, cast.assistant.id}
    ids |= set(File.objects.filter(project=cast.project).values_list("pk", flat=True))
    assert {one for one in ids if one in text} == set()
    # That there were calls says nothing without what they were.
    assert not RunStep.objects.filter(thread_id=copy.id).exists()
    assert not Run.objects.filter(thread=copy).exists()


def test_a_copy_has_the_tool_calls_and_their_files(cast: Cast, told: CanaryThread) -> None:
    copy = fork(cast, link(cast, told))
    client = signed_in(cast.charlie)
    url = reverse("playground", args=[cast.other_project.id])
    page = client.get(url, {"t": copy.id}).content.decode()
    shown = ("code", "logs", "function", "arguments", "output", "query", "result")
    for word in (f"canary-call-{field}" for field in shown):
        assert word in page, word
    plot = File.objects.get(project=cast.other_project, filename="canary-name-plot.png")
    assert plot.id in page
    # It was recorded, but isn't the example that new projects can play.
    assert "No model was called here" in page
    assert recorded_thread(cast.other_project) is None
    assert 'class="notice recorded"' not in page
    run = Run.objects.get(thread=copy)
    trace = client.get(reverse("run_trace", args=[cast.other_project.id, run.id]))
    assert "canary-call-output" in trace.content.decode()
    for name in ("usage", "runs", "threads"):
        listed = client.get(reverse(name, args=[cast.other_project.id]))
        assert listed.status_code == 200
        assert (run.id in listed.content.decode()) == (name == "threads")


def test_a_copy_of_a_copy_shows_the_same(cast: Cast, told: CanaryThread) -> None:
    def shown_by(thread: Thread) -> Any:
        shown, _ = snapshot(shared_rows(thread), title="", hides=Hides())
        for item in shown["items"]:
            item.pop("author", None)  # the copy has no assistant
        return {name: public_snapshot(shown)[name] for name in ("items", "files")}

    copy = fork(cast, link(cast, told))
    assert shown_by(copy) == shown_by(told.thread)


def test_only_an_editor_of_a_project_copies_into_it(cast: Cast, told: CanaryThread) -> None:
    url = link(cast, told)
    assert Client().post(url, {"project": cast.project.id}).status_code == 302
    vera = signed_in(cast.vera)
    assert "You aren't an editor" in vera.get(url).content.decode()
    before = Thread.objects.count()
    for project in (cast.project.id, cast.other_project.id, "proj_no", ""):
        assert vera.post(url, {"project": project}).status_code == 422
    assert signed_in(cast.charlie).post(url, {"project": cast.project.id}).status_code == 422
    assert Thread.objects.count() == before
    Membership.objects.filter(user=cast.vera).update(role="editor")
    assert vera.post(url, {"project": cast.project.id}).status_code == 302


def test_a_copy_without_room_leaves_nothing(
    cast: Cast, told: CanaryThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = link(cast, told)
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", 10)
    before = set(byte_store().keys(before=timezone.now() + timedelta(days=1)))
    answer = signed_in(cast.charlie).post(url, {"project": cast.other_project.id})
    assert answer.status_code == 422
    assert "bytes for files are left" in answer.content.decode()
    assert not Thread.objects.filter(project=cast.other_project).exists()
    assert set(byte_store().keys(before=timezone.now() + timedelta(days=1))) == before


def test_a_copy_does_without_a_file_that_is_gone(cast: Cast, told: CanaryThread) -> None:
    url = link(cast, told)
    byte_store().delete(told.files["picture"].id)
    told.files["attached"].delete()
    copy = fork(cast, url)
    question = Message.objects.filter(thread=copy).order_by("pk")[0]
    assert [part["type"] for part in question.content] == ["text"]
    assert question.attachments == []


def test_a_link_that_does_not_work_makes_no_copy(cast: Cast, told: CanaryThread) -> None:
    url = link(cast, told)
    tampered = url.replace("/s/", "/s/x")
    told.thread.delete()
    for one in (url, tampered):
        for method in ("get", "post"):
            answer = getattr(signed_in(cast.charlie), method)(one)
            assert answer.status_code == 404


def test_the_form_keeps_its_origin(cast: Cast, told: CanaryThread) -> None:
    # With "no-referrer", browsers send "Origin: null", which Django refuses.
    answer = signed_in(cast.charlie).get(link(cast, told))
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"
    assert "form-action 'self'" in answer["Content-Security-Policy"]
