"""A link that hides the names of files hides every name that its thread knows or has known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assistants_app.models import (
    Assistant,
    Citation,
    File,
    FormerFileName,
    Message,
    SessionFile,
    Share,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.services.files.requests import delete_expired_files, delete_file, delete_files
from assistants_app.services.shares.shares import create_share, revoke_share
from assistants_app.services.shares.showing import what_it_shows
from assistants_app.services.stores.requests import delete_store, detach_file
from assistants_app.services.threads.forks import fork_thread
from assistants_app.services.threads.messages import delete_message
from assistants_app.services.threads.requests import delete_thread, update_thread
from assistants_app.wire.shares import Hides
from assistants_app.wire.threads.messages import attachment, file_path, image_part, text_part
from assistants_app.wire.threads.threads import ThreadModifyParams
from tests.cast import Cast, make_file, make_run, strange_address
from tests.web.pages import say, signed_in

pytestmark = pytest.mark.django_db

NAME = "Zebra plan (final).pdf"
SPELLED = [
    f"Look into {NAME}.",
    r"zebra\_plan\_\(FINAL\)",
    "Zebra%20plan%20(final).pdf",
]


@dataclass
class Story:
    """A thread that says the name of a file. `more` is the message that may attach it."""

    cast: Cast
    thread: Thread
    first: Message
    more: Message
    file: File

    @property
    def store(self) -> VectorStore:
        """The store of the thread, which the file is put into when it is first asked for."""
        store, made = VectorStore.objects.get_or_create(
            project=self.cast.project, name="zoo", embedding_model="m"
        )
        if made:
            VectorStoreFile.objects.create(
                store=store, file=self.file, max_chunk_tokens=800, overlap_tokens=400
            )
        return store

    @property
    def resources(self) -> dict[str, Any]:
        return {"file_search": {"vector_store_ids": [self.store.id]}}


@pytest.fixture
def story(cast: Cast) -> Story:
    thread = Thread.objects.create(project=cast.project)
    first = Message.objects.create(
        thread=thread, role="user", content=[text_part(text) for text in SPELLED]
    )
    file = make_file(cast.project, b"x", filename=NAME)
    return Story(cast, thread, first, say(thread, "More"), file)


def attached(story: Story) -> None:
    story.more.attachments = [attachment(story.file.id, "code_interpreter")]
    story.more.has_attachments = True
    story.more.save()


def pictured(story: Story) -> None:
    story.more.content = [image_part(story.file.id)]
    story.more.save()


def linked(story: Story) -> None:
    part = text_part("sandbox:/mnt/data/x")
    part["text"]["annotations"] = [file_path("sandbox:/mnt/data/x", 0, 19, story.file.id)]
    story.more.content = [part]
    story.more.save()


def made(story: Story) -> None:
    SessionFile.objects.create(thread=story.thread, name=NAME, file=story.file)


def given_to_code(story: Story) -> None:
    story.thread.tool_resources = {"code_interpreter": {"file_ids": [story.file.id]}}
    story.thread.save()


def in_its_store(story: Story) -> None:
    story.thread.tool_resources = story.resources
    story.thread.save()


def in_the_store_of_a_run(story: Story) -> None:
    cast = story.cast
    make_run(cast.project, story.thread, cast.assistant, tool_resources=story.resources)


def in_the_store_of_its_assistant(story: Story) -> None:
    cast = story.cast
    Assistant.objects.filter(pk=cast.assistant.pk).update(tool_resources=story.resources)
    make_run(cast.project, story.thread, cast.assistant, tool_resources={})


def found(story: Story) -> None:
    Citation.objects.create(
        thread=story.thread,
        number=1,
        place=0,
        file_id=story.file.id,
        filename=NAME,
        quote="x",
        start=0,
        end=1,
        score=1,
    )


def nothing(story: Story) -> None:
    pass


def file_deleted(story: Story) -> None:
    delete_file(project=story.cast.project, file_id=story.file.id)


def files_deleted(story: Story) -> None:
    delete_files(project=story.cast.project, file_ids=[story.file.id])


def file_expired(story: Story) -> None:
    File.objects.filter(pk=story.file.pk).update(expires_at=timezone.now() - timedelta(1))
    assert delete_expired_files(limit=10) == 1


def message_deleted(story: Story) -> None:
    delete_message(project=story.cast.project, thread_id=story.thread.id, message_id=story.more.id)


def message_and_file_deleted(story: Story) -> None:
    message_deleted(story)
    file_deleted(story)


def file_and_message_deleted(story: Story) -> None:
    file_deleted(story)
    message_deleted(story)


def resources_replaced(story: Story) -> None:
    params = ThreadModifyParams.model_validate(
        {"tool_resources": {"code_interpreter": {"file_ids": []}, "file_search": None}}
    )
    update_thread(project=story.cast.project, thread_id=story.thread.id, params=params)


def resources_replaced_and_file_deleted(story: Story) -> None:
    resources_replaced(story)
    file_deleted(story)


def file_detached(story: Story) -> None:
    detach_file(project=story.cast.project, store_id=story.store.id, file_id=story.file.id)


def store_deleted(story: Story) -> None:
    delete_store(project=story.cast.project, store_id=story.store.id)


Event = Callable[[Story], None]
DELETED: list[Event] = [nothing, file_deleted, files_deleted, file_expired]
IN_MESSAGE: list[Event] = [message_deleted, message_and_file_deleted, file_and_message_deleted]
IN_STORE: list[Event] = [file_detached, store_deleted]
REPLACED: list[Event] = [resources_replaced, resources_replaced_and_file_deleted]
STORIES: list[tuple[Event, Event]] = [
    *((attached, gone) for gone in (*DELETED, *IN_MESSAGE)),
    *((pictured, gone) for gone in (nothing, *IN_MESSAGE)),
    *((linked, gone) for gone in (nothing, *IN_MESSAGE)),
    *((made, gone) for gone in DELETED),
    *((given_to_code, gone) for gone in (nothing, file_deleted, *REPLACED)),
    *((in_its_store, gone) for gone in (nothing, file_deleted, *IN_STORE, *REPLACED)),
    *((in_the_store_of_a_run, gone) for gone in (nothing, file_deleted, *IN_STORE)),
    *((in_the_store_of_its_assistant, gone) for gone in (nothing, file_deleted, *IN_STORE)),
    *((found, gone) for gone in (nothing, file_deleted)),
]


def share(story: Story, thread: Thread | None = None, **options: Any) -> tuple[Share, str]:
    return create_share(
        project=story.cast.project,
        thread_id=(thread or story.thread).id,
        user=story.cast.bob,
        title=NAME,
        hides=Hides(file_names=True),
        **options,
    )


def answers(token: str) -> str:
    """Return the page and the JSON of a link."""
    visitor = Client(REMOTE_ADDR=strange_address())
    texts = [visitor.get(reverse(name, args=[token])) for name in ("share", "share_json")]
    assert {answer.status_code for answer in texts} == {200}
    return "".join(answer.content.decode().lower() for answer in texts)


@pytest.mark.parametrize(("known", "gone"), STORIES)
def test_no_name_comes_back(story: Story, known: Event, gone: Event) -> None:
    known(story)
    # One link that knows the name already, and others from when it is gone.
    tokens = [share(story, follows=True)[1]]
    gone(story)
    for follows in (False, True):
        tokens.append(share(story, follows=follows)[1])
        tokens.append(share(story, follows=follows, until_id=story.first.id)[1])
    for token in tokens:
        shown = answers(token)
        assert "zebra" not in shown
        assert "file-1.pdf" in shown


def test_a_name_that_comes_after_the_link_is_hidden(story: Story) -> None:
    _, token = share(story, follows=True, until_id=story.first.id)
    assert "zebra" in answers(token)
    attached(story)
    assert "zebra" not in answers(token)


def test_a_fork_knows_the_names_of_its_original(story: Story) -> None:
    made(story)
    fork = fork_thread(project=story.cast.project, thread_id=story.thread.id)
    grandchild = fork_thread(project=story.cast.project, thread_id=fork.id)
    _, token = share(story, grandchild, follows=True)
    assert "zebra" not in answers(token)
    for thread in (story.thread, fork):
        delete_thread(project=story.cast.project, thread_id=thread.id)
        assert "zebra" not in answers(token)
        assert "zebra" not in answers(share(story, grandchild)[1])
    delete_thread(project=story.cast.project, thread_id=grandchild.id)
    assert not FormerFileName.objects.filter(owner_id=grandchild.id).exists()


def test_a_copy_has_no_hidden_name_either(story: Story) -> None:
    attached(story)
    file_deleted(story)
    _, token = share(story, follows=True)
    url = reverse("fork_share", args=[token])
    to = story.cast.other_project
    assert signed_in(story.cast.charlie).post(url, {"project": to.id}).status_code == 302
    copy = Thread.objects.get(project=to)
    assert "zebra" not in str(copy.metadata).lower()
    texts = str(list(Message.objects.filter(thread=copy).values_list("content", flat=True)))
    assert "zebra" not in texts.lower()
    assert "file-1.pdf" in texts


def test_a_name_in_a_path_is_hidden_everywhere(story: Story) -> None:
    say(story.thread, "df.to_csv('/mnt/data/Zebra plan (final).pdf')")
    say(story.thread, "Zebra plan (final).pdf  3 kB")
    assert "zebra" not in answers(share(story)[1])


def test_a_link_that_ends_within_a_name_hides_all_of_it(story: Story) -> None:
    attached(story)
    link = "sandbox:/mnt/data/Zebra"
    part = text_part(f"[here]({link} plan (final).pdf)")
    part["text"]["annotations"] = [file_path(link, 7, 7 + len(link), story.file.id)]
    Message.objects.create(thread=story.thread, role="assistant", content=[part])
    shown = answers(share(story)[1])
    assert "zebra" not in shown
    assert "plan" not in shown


def test_names_of_other_projects_and_threads_are_not_hidden(story: Story) -> None:
    other = make_file(story.cast.other_project, b"x", filename=NAME)
    given_to_code(story)
    Thread.objects.update(tool_resources={"code_interpreter": {"file_ids": [other.id]}})
    assert "zebra" in answers(share(story)[1])


def test_numbers_stay_on_a_link_that_is_kept_up_to_date(story: Story) -> None:
    thread, project = story.thread, story.cast.project
    names = ("one.txt", "two.txt")
    files = [make_file(project, b"x", filename=name) for name in names]
    messages = [
        say(
            thread,
            f"Use {file.filename}",
            attachments=[attachment(file.id, "code_interpreter")],
            has_attachments=True,
        )
        for file in files
    ]
    link, token = share(story, follows=True)
    shown = what_it_shows(Share.objects.get(pk=link.pk))
    assert {number: file["name"] for number, file in shown["files"].items()} == {
        "1": "file-1.txt",
        "2": "file-2.txt",
    }
    delete_message(project=project, thread_id=thread.id, message_id=messages[0].id)
    attached(story)
    shown = what_it_shows(Share.objects.get(pk=link.pk))
    assert {number: file["name"] for number, file in shown["files"].items()} == {
        "2": "file-2.txt",
        "3": "file-3.pdf",
    }
    assert Client().get(reverse("share_file", args=[token, "1"])).status_code == 404
    stored = Share.objects.get(pk=link.pk).numbered
    assert stored["names"] == [*names, NAME]
    revoke_share(project=project, share_id=link.id)
    assert Share.objects.get(pk=link.pk).numbered is None


def test_a_visitor_who_comes_between_two_others_changes_no_number(story: Story) -> None:
    attached(story)
    link, _ = share(story, follows=True)
    early = Share.objects.get(pk=link.pk)
    Share.objects.filter(pk=link.pk).update(numbered={"files": [], "names": ["a", NAME]})
    early.numbered = None
    shown = what_it_shows(early)
    assert shown["title"] == "file-2.pdf"
    assert Share.objects.get(pk=link.pk).numbered == {
        "files": [story.file.id],
        "names": ["a", NAME],
    }


def test_images_and_functions(story: Story) -> None:
    # The bytes of an image may look like the name of a file.
    url = "data:image/png;base64,iVBORw0KGgo+abcd+AAAA"
    story.first.content += [{"type": "image_url", "image_url": {"url": url}}]
    story.first.save()
    story.file.filename = "abcd"
    story.file.save()
    attached(story)
    assert url.lower() in answers(share(story)[1])


def test_a_page_takes_as_many_queries_for_many_names(story: Story) -> None:
    thread, project = story.thread, story.cast.project
    in_its_store(story)
    link, token = share(story, follows=True)
    counts = []
    for count in (1, 20):
        for number in range(count):
            file = make_file(project, b"x", filename=f"{count} {number} of many.txt")
            files = [attachment(file.id, "code_interpreter")]
            say(thread, "More", attachments=files, has_attachments=True)
            VectorStoreFile.objects.create(
                store=story.store, file=file, max_chunk_tokens=800, overlap_tokens=400
            )
            run = make_run(project, thread, story.cast.assistant, status="completed")
            say(thread, "Reply", "assistant", run_id=run.id)
        # The first visit gives the numbers.
        what_it_shows(Share.objects.get(pk=link.pk))
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(reverse("share", args=[token])).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13
