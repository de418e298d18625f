"""Files of rows: copies that outlive the originals, and count in the quota."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.models import Message, TestFile, TestRow, TestSet, Thread
from assistants_app.queries.files.files import used_bytes
from assistants_app.services.files.requests import delete_file
from assistants_app.services.files.stored_bytes import remove_orphans
from assistants_app.services.test_sets.files import (
    attach_test_file,
    detach_test_file,
    store_copy,
)
from assistants_app.services.test_sets.from_threads import add_row_from
from assistants_app.services.test_sets.rows import delete_test_rows
from assistants_app.services.test_sets.sets import delete_test_set, freeze_test_set
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.wire.threads.messages import attachment, image_part, text_part
from tests.cast import Cast
from tests.services.test_sets.sets import new_set, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def attach(cast: Cast, test_set: TestSet, key: str, data: bytes = b"data") -> TestRow:
    copy = store_copy([data], name="a.txt", mime_type="text/plain", tool="file_search")
    return attach_test_file(
        project=cast.project, set_id=test_set.id, key=key, copy=copy, author=cast.alice
    )


def copies() -> set[str]:
    return {key for key in byte_store().keys(before=timezone.now()) if key.startswith("testfile_")}


def test_equal_bytes_are_kept_once_in_the_quota_and_in_the_storage(cast: Cast) -> None:
    before, kept = used_bytes(cast.project), copies()
    test_set = new_set(cast, "a", "b")
    first, second = rows_of(test_set)
    attach(cast, test_set, first.key)
    made = attach(cast, test_set, second.key)
    [file] = TestFile.objects.all()
    assert made.content["files"] == [
        {
            "name": "a.txt",
            "sha256": hashlib.sha256(b"data").hexdigest(),
            "bytes": 4,
            "mime_type": "text/plain",
            "tool": "file_search",
        }
    ]
    assert used_bytes(cast.project) == before + 4
    assert copies() - kept == {file.pk}
    assert b"".join(byte_store().read(file.pk)) == b"data"


def test_a_file_goes_with_its_last_row(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    first, second = rows_of(test_set)
    attach(cast, test_set, first.key)
    attach(cast, test_set, second.key)
    [file] = TestFile.objects.all()
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[first.key])
    version = freeze_test_set(project=cast.project, set_id=test_set.id, author=None)
    detach_test_file(
        project=cast.project, set_id=test_set.id, key=second.key, revision=2, index=0, author=None
    )
    # The version still has the row with the file.
    assert TestFile.objects.count() == 1
    assert version.number == 1
    delete_test_set(project=cast.project, set_id=test_set.id)
    with pytest.raises(BytesMissing):
        byte_store().read(file.pk)


def test_a_row_of_no_version_takes_its_file_along(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    attach(cast, test_set, row.key)
    [file] = TestFile.objects.all()
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[row.key])
    assert not TestFile.objects.exists()
    with pytest.raises(BytesMissing):
        byte_store().read(file.pk)


def test_the_sweeper_keeps_files_of_rows_and_removes_bytes_without_one(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    attach(cast, test_set, rows_of(test_set)[0].key)
    orphan = store_copy([b"x"], name="x", mime_type="text/plain", tool="file_search")
    remove_orphans(min_age=timedelta(0))
    assert b"".join(byte_store().read(TestFile.objects.get().pk)) == b"data"
    with pytest.raises(BytesMissing):
        byte_store().read(orphan.key)


def test_empty_files_and_files_beyond_the_quota_are_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    with pytest.raises(InvalidRequest, match="empty"):
        attach(cast, test_set, row.key, b"")
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", used_bytes(cast.project) + 3)
    with pytest.raises(ApiError) as refused:
        attach(cast, test_set, row.key)
    assert refused.value.code == "storage_quota_exceeded"
    assert not TestFile.objects.exists()


def test_a_row_from_a_thread_has_its_questions_files_and_reply(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.project)

    def say(role: str, *parts: dict[str, object], **columns: object) -> Message:
        return Message.objects.create(thread=thread, role=role, content=list(parts), **columns)

    say("user", text_part("One {{x}}"), image_part(cast.file.id))
    say("user", text_part("and a half"))
    say("assistant", text_part("Reply"))
    say(
        "user",
        text_part("Two"),
        attachments=[attachment(cast.file.id, "code_interpreter")],
    )
    reply = say("assistant", text_part("It is 42【4:0†source】."))
    say("user", text_part("Three"))
    test_set = new_set(cast)
    row = add_row_from(
        project=cast.project,
        set_id=test_set.id,
        thread_id=thread.id,
        message_id=reply.id,
        author=cast.bob,
    )
    assert [turn["content"] for turn in row.content["turns"]] == [
        "One \\{{x}}\n\nand a half",
        "Two",
    ]
    assert row.content["expected"] == {"reply": "It is 42."}
    assert row.content["metadata"] == {"thread": thread.id, "message": reply.id}
    [named] = row.content["files"]
    assert (named["name"], named["tool"]) == ("Secret.txt", "code_interpreter")
    delete_file(project=cast.project, file_id=cast.file.id)
    assert b"".join(byte_store().read(TestFile.objects.get().pk)) == b"Secret"


def test_nothing_asked_makes_no_row(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.project)
    first = Message.objects.create(thread=thread, role="assistant", content=[text_part("Hi")])
    test_set = new_set(cast)
    with pytest.raises(InvalidRequest, match="Nothing was asked"):
        add_row_from(
            project=cast.project,
            set_id=test_set.id,
            thread_id=thread.id,
            message_id=first.id,
            author=None,
        )
