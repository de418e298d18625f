"""The pages of files and vector stores, without an indexer."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from assistants_app.events.indexing import forget_progress, note_progress
from assistants_app.models import (
    Assistant,
    AssistantDraft,
    File,
    Message,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.use import code_files
from tests.cast import Cast, make_file
from tests.web.pages import project_url, shown, signed_in, squeezed

STORE_ROUTES = [
    ("get", "vector_store", ()),
    ("post", "delete_store", ()),
    ("get", "try_query", ()),
    ("get", "store_files", ()),
    ("put", "store_files", ()),
    ("get", "store_file", ("file",)),
    ("post", "detach_file", ("file",)),
    ("post", "retry_file", ("file",)),
    ("post", "retry_failed", ()),
    ("post", "remove_failed", ()),
    ("post", "store_settings", ()),
    ("post", "reindex_store", ()),
    ("post", "store_file_settings", ("file",)),
]


@pytest.mark.parametrize(("method", "name", "nouns"), STORE_ROUTES)
def test_strangers_neither_see_nor_change_stores(
    cast: Cast, store: VectorStore, method: str, name: str, nouns: tuple[str, ...]
) -> None:
    ids = [store.id, *(getattr(cast, noun).id for noun in nouns)]
    for project in (cast.project, cast.other_project):
        address = reverse(name, args=[project.id, *ids])
        answer = getattr(signed_in(cast.charlie), method)(address)
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()
    assert VectorStoreFile.objects.filter(store=store).count() == 1


def test_a_store_is_shown_with_its_files_and_its_users(cast: Cast, store: VectorStore) -> None:
    page = shown(cast, "vector_store", store.id)
    for words in ("Secret &lt;b&gt;", "Secret.txt", "1 chunk", "ready", "Never", cast.thread.id):
        assert words in page
    assert f"?a={cast.assistant.id}" in page
    listed = shown(cast, "vector_stores")
    assert "Secret &lt;b&gt;" in listed
    assert f"?a={cast.assistant.id}" in listed
    assert "Vector stores use " in listed
    assert "OpenAI" not in listed


@pytest.mark.parametrize("after", ["9" * 5000, "9" * 12, "\u0663", "-1", "x"])
def test_a_cursor_that_is_not_a_number_is_ignored(
    cast: Cast, store: VectorStore, after: str
) -> None:
    file = VectorStoreFile.objects.get(store=store)
    assert "1 chunk" in shown(cast, "vector_store", store.id)
    assert "Secret" in shown(cast, "store_file", store.id, file.file_id, after=after)


def test_the_passages_of_a_file_are_shown_with_place_and_tokens(
    cast: Cast, store: VectorStore
) -> None:
    page = shown(cast, "store_file", store.id, cast.file.id)
    for words in ("Secret passage", "page 2", "Part &lt;1&gt;", "77 tokens", "characters 3–17"):
        assert words in page
    missing = signed_in(cast.bob).get(project_url(cast, "store_file", store.id, "file-none"))
    assert missing.status_code == 404


def test_a_file_that_is_indexed_says_how_far_it_is(cast: Cast, store: VectorStore) -> None:
    VectorStoreFile.objects.update(status="in_progress", pending=True)
    row = VectorStoreFile.objects.get(store=store)
    assert "chunks" not in shown(cast, "store_files", store.id)
    for (done, total), words in {(0, 0): "reading", (120, 900): "120 of 900 chunks"}.items():
        note_progress(row.pk, done, total)
        assert words in shown(cast, "store_files", store.id)
    VectorStoreFile.objects.update(status="failed")
    page = shown(cast, "store_files", store.id)
    assert "of 900" not in page
    forget_progress(row.pk)


def test_why_a_file_failed_stands_at_it(cast: Cast, store: VectorStore) -> None:
    error = {"code": "invalid_file", "message": "It is <damaged>."}
    VectorStoreFile.objects.update(status="failed", last_error=error)
    for name, ids in (("store_files", [store.id]), ("store_file", [store.id, cast.file.id])):
        assert "It is &lt;damaged&gt;." in shown(cast, name, *ids)
    assert "It is &lt;damaged&gt;." in shown(cast, "thread_files", cast.thread.id)


def test_a_file_is_put_into_a_store_and_taken_out(cast: Cast, store: VectorStore) -> None:
    client = signed_in(cast.alice)
    files = project_url(cast, "store_files", store.id)
    assert client.put(f"{files}?name=new.md", b"# New").content == b""
    file = File.objects.get(filename="new.md")
    assert "indexing" in client.get(files).content.decode()
    assert "File is empty." in client.put(f"{files}?name=empty.md", b"").content.decode()
    left = client.post(project_url(cast, "detach_file", store.id, file.id)).content.decode()
    assert "new.md" not in left
    assert "Secret.txt" in left
    assert File.objects.filter(pk=file.id).exists()


def test_nothing_comes_into_a_store_that_has_expired(cast: Cast, store: VectorStore) -> None:
    VectorStore.objects.update(expires_at=timezone.now(), expires_after_days=1)
    files = project_url(cast, "store_files", store.id)
    answer = signed_in(cast.alice).put(f"{files}?name=new.md", b"# New").content.decode()
    assert "has expired" in answer
    assert not File.objects.filter(filename="new.md").exists()
    assert "has expired" in shown(cast, "try_query", store.id, q="x")
    assert "This vector store expired" in shown(cast, "vector_store", store.id)


def test_stores_are_made_and_deleted(cast: Cast, store: VectorStore) -> None:
    client = signed_in(cast.alice)
    answer = client.post(project_url(cast, "vector_stores"), {"name": " Laws "})
    made = VectorStore.objects.get(name="Laws")
    assert answer["HX-Redirect"] == project_url(cast, "vector_store", made.id)
    client.post(project_url(cast, "delete_store", store.id))
    assert not VectorStore.objects.filter(pk=store.id).exists()
    assert File.objects.filter(pk=cast.file.id).exists()


def test_files_are_listed_with_their_users_and_deleted(cast: Cast, store: VectorStore) -> None:
    other = make_file(cast.project, b"12345", filename="a <b>.csv")
    page = shown(cast, "files")
    assert "a &lt;b&gt;.csv" in page
    assert project_url(cast, "vector_store", store.id) in page
    left = signed_in(cast.bob).post(project_url(cast, "delete_file", other.id)).content.decode()
    assert "a &lt;b&gt;.csv" not in left
    assert not File.objects.filter(pk=other.id).exists()
    assert signed_in(cast.bob).post(project_url(cast, "delete_file", other.id)).status_code == 404


def test_files_are_found_by_name_and_purpose_and_deleted_together(cast: Cast) -> None:
    one, two = (make_file(cast.project, b"x", filename=name) for name in ("Alpha.md", "alphabet"))
    strangers = make_file(cast.other_project, b"x", filename="alpha")
    File.objects.filter(pk=two.id).update(purpose="vision")
    found = shown(cast, "files", name="ALPHA")
    assert "Alpha.md" in found
    assert "alphabet" in found
    assert "Secret.txt" not in found
    found = shown(cast, "files", name="alpha", purpose="vision")
    assert "Alpha.md" not in found
    assert "alphabet" in found
    assert "No files match your filters." in shown(cast, "files", name="alpha%")
    form = {"id": [one.id, two.id, strangers.id], "name": "alp"}
    left = signed_in(cast.bob).post(project_url(cast, "delete_files"), form).content.decode()
    assert "No files match your filters." in left
    assert list(File.objects.filter(pk__in=form["id"])) == [strangers]
    assert signed_in(cast.charlie).post(project_url(cast, "delete_files"), form).status_code == 404


def test_a_file_tells_which_threads_attach_it(cast: Cast) -> None:
    file = make_file(cast.project, b"x", filename="note.md")
    assert f"?t={cast.thread.id}" not in shown(cast, "files")
    form = {"action": "add", "content": "Look", "file": [file.id]}
    signed_in(cast.alice).post(project_url(cast, "send_message", cast.thread.id), form)
    assert f"?t={cast.thread.id}" in shown(cast, "files")


def test_the_configuration_keeps_what_it_does_not_show_of_file_search(
    cast: Cast, store: VectorStore
) -> None:
    options = {"max_num_results": 7, "ranking_options": {"ranker": "auto", "score_threshold": 0.1}}
    Assistant.objects.update(tools=[{"type": "file_search", "file_search": options}])
    form = {"model": "m", "file_search": "on", "store": store.id}
    client, address = signed_in(cast.alice), project_url(cast, "draft", cast.assistant.id)
    shown = client.get(project_url(cast, "assistant", cast.assistant.id)).content.decode()
    assert 'value="7"' in shown
    client.post(address, {**form, "max_num_results": "3", "score_threshold": "0.5"})
    [tool] = AssistantDraft.objects.get().changes["tools"]
    assert tool["file_search"]["max_num_results"] == 3
    assert tool["file_search"]["ranking_options"] == {"ranker": "auto", "score_threshold": 0.5}
    client.post(address, {**form, "max_num_results": "3", "score_threshold": ""})
    [tool] = AssistantDraft.objects.get().changes["tools"]
    assert tool["file_search"]["ranking_options"] == {"ranker": "auto"}
    for field, value in (("max_num_results", "51"), ("score_threshold", "x")):
        answer = client.post(address, {**form, field: value}).content.decode()
        assert f'hx-target="#e-{field}" hx-swap="innerHTML">Enter' in answer
    client.post(address, {"model": "m", "store": ""})
    changes = AssistantDraft.objects.get().changes
    assert changes["tools"] == []
    assert changes.get("tool_resources", {}) == {}


def test_a_new_store_of_the_configuration_is_named_after_the_assistant(cast: Cast) -> None:
    panel = signed_in(cast.alice).post(project_url(cast, "search_panel"), {"name": "Librarian"})
    made = VectorStore.objects.get(name="Librarian")
    assert f'value="{made.id}" selected' in squeezed(panel.content.decode())
    assert "Choose a vector store" in shown(cast, "search_panel", store="vs_none")


@pytest.mark.parametrize(
    ("tools", "name", "chosen"),
    [
        (["file_search"], "a.csv", "file_search"),
        (["code_interpreter"], "a.pdf", "code_interpreter"),
        (["code_interpreter", "file_search"], "a.PDF", "file_search"),
        (["code_interpreter", "file_search"], "a.csv", "code_interpreter"),
    ],
)
def test_a_file_of_a_message_is_meant_for_the_tool_that_fits(
    cast: Cast, tools: list[str], name: str, chosen: str
) -> None:
    Assistant.objects.update(tools=[{"type": tool} for tool in tools])
    query = f"?for=message&assistant={cast.assistant.id}&name={name}"
    chip = signed_in(cast.alice).put(project_url(cast, "files") + query, b"x").content.decode()
    assert f'<option value="{chosen}" selected>' in squeezed(chip)


def test_a_message_attaches_its_files_for_their_tools(cast: Cast, store: VectorStore) -> None:
    files = [make_file(cast.project, filename=name) for name in ("a.md", "b.csv")]
    signed_in(cast.alice).post(
        project_url(cast, "send_message", cast.thread.id),
        {
            "action": "add",
            "content": "Look",
            "file": [file.id for file in files],
            f"tool-{files[0].id}": "file_search",
        },
    )
    message = Message.objects.filter(thread=cast.thread).latest("pk")
    assert [item["tools"][0]["type"] for item in message.attachments] == [
        "file_search",
        "code_interpreter",
    ]
    assert VectorStoreFile.objects.filter(store=store, file=files[0]).exists()
    dialog = shown(cast, "thread_files", cast.thread.id, assistant=cast.assistant.id)
    assert "Secret &lt;b&gt;" in dialog
    # It is a resource of the thread, and shown once all the same.
    assert code_files(Thread.objects.get(pk=cast.thread.id).tool_resources) == [files[1].id]
    assert dialog.count(f"/{files[1].id}/preview/") == 1


def test_files_of_the_project_are_chosen_for_a_store(cast: Cast, store: VectorStore) -> None:
    client, address = signed_in(cast.alice), project_url(cast, "pick_files")
    other = make_file(cast.project, filename="Sums 100%.txt")
    offered = client.get(address, {"store": store.id}).content.decode()
    assert f'id="pick-{other.id}"' in offered
    assert f'id="pick-{cast.file.id}"' not in offered
    assert f'id="pick-{other.id}"' in client.get(address, {"q": "sums"}).content.decode()
    assert f'id="pick-{other.id}"' not in client.get(address, {"q": "zzz"}).content.decode()
    answer = client.post(address, {"store": store.id, "pick": other.id})
    assert 'hx-target="#store-files"' in answer.content.decode()
    assert f'id="pick-{other.id}"' not in answer.content.decode()
    assert VectorStoreFile.objects.filter(store=store, file=other).exists()
    VectorStore.objects.update(expires_at=timezone.now())
    late = client.post(address, {"store": store.id, "pick": cast.file.id}).content.decode()
    assert "has expired" in late


def test_files_of_the_project_are_chosen_for_the_code_interpreter(cast: Cast) -> None:
    client, address = signed_in(cast.alice), project_url(cast, "pick_files")
    answer = client.post(address, {"pick": cast.file.id})
    assert f'name="file" value="{cast.file.id}"' in " ".join(answer.content.decode().split())
    assert answer["HX-Trigger"] == "filepicked"
    assert f'id="pick-{cast.file.id}"' not in answer.content.decode()
    held = client.get(address, {"file": cast.file.id}).content.decode()
    assert f'id="pick-{cast.file.id}"' not in held
    assert "No such File object" in client.post(address, {"pick": "file-none"}).content.decode()
    assert signed_in(cast.charlie).get(address).status_code == 404


def test_refused_files_count_as_failed_and_an_empty_filter_shows_all(
    cast: Cast, store: VectorStore
) -> None:
    page = shown(cast, "store_files", store.id, refused="2")
    assert "1 ready · 2 failed" in page
    for tab in (">All 3<", ">Ready 1<", ">Failed 2<", "Remove failed"):
        assert tab in page
    for asked in ({"status": "failed"}, {"status": "failed", "after": "x"}, {"refused": "-1"}):
        page = shown(cast, "store_files", store.id, **asked)
        assert "Secret.txt" in page
        assert "Remove failed" not in page
    answer = signed_in(cast.bob).post(
        project_url(cast, "remove_failed", store.id) + "?status=failed", {"refused": "2"}
    )
    assert "Secret.txt" in answer.content.decode()
    assert "Remove failed" not in answer.content.decode()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "Beta alpha Gamma"),
        ("created", "Gamma alpha Beta"),
        ("name", "alpha Beta Gamma"),
        ("-name", "Gamma Beta alpha"),
        ("-size", "alpha Gamma Beta"),
        ("purpose", "Gamma Beta alpha"),
        ("-users", "Beta alpha Gamma"),
    ],
)
def test_files_are_sorted_by_each_column(cast: Cast, sort: str, order: str) -> None:
    File.objects.all().delete()
    make_file(cast.project, b"123", filename="Gamma", purpose="assistants")
    make_file(cast.project, b"12345", filename="alpha", purpose="vision")
    make_file(cast.project, b"1", filename="Beta", purpose="user_data")
    page = shown(cast, "files", sort=sort)
    assert (
        sorted(order.split(), key=lambda name: page.index(f'dir="auto">{name}<')) == order.split()
    )


def test_all_files_that_a_filter_finds_are_deleted_but_no_newer_ones(cast: Cast) -> None:
    files = [make_file(cast.project, b"x", filename=f"note-{n}.md") for n in range(120)]
    page = shown(cast, "files", name="note")
    assert "120 files" in page
    assert "Select all 120" in page
    assert f'data-newest="{files[-1].id}"' in page
    assert page.count('name="id"') == 100
    newer = make_file(cast.project, b"x", filename="note-new.md")
    form = {"all": files[-1].id, "id": [files[-1].id], "name": "note", "page": "2"}
    left = signed_in(cast.bob).post(project_url(cast, "delete_files"), form).content.decode()
    assert set(File.objects.filter(filename__startswith="note")) == {newer}
    assert "note-new.md" in left
    assert File.objects.filter(pk=cast.file.id).exists()


def test_a_draft_that_uses_a_store_or_a_file_is_named(cast: Cast) -> None:
    store = VectorStore.objects.create(project=cast.project, name="Papers")
    file = make_file(cast.project, b"x", filename="sums.csv")
    AssistantDraft.objects.create(
        assistant=cast.assistant,
        user=cast.bob,
        base_number=1,
        changes={
            "tool_resources": {
                "file_search": {"vector_store_ids": [store.id]},
                "code_interpreter": {"file_ids": [file.id]},
            }
        },
    )
    page = shown(cast, "vector_store", store.id)
    assert ">your draft of Secret</a>" in page
    assert "It&#x27;s used by your draft of Secret." in page.replace("It's", "It&#x27;s")
    assert ">your draft of Secret</a>" in shown(cast, "vector_stores")
    assert ">your draft of Secret</a>" in shown(cast, "files", name="sums")
    others = signed_in(cast.alice).get(project_url(cast, "vector_store", store.id))
    assert f"{cast.bob}&#x27;s draft of Secret" in others.content.decode()


def test_a_draft_of_an_assistant_that_has_the_store_is_not_named_twice(
    cast: Cast, store: VectorStore
) -> None:
    resources = Assistant.objects.get(pk=cast.assistant.pk).tool_resources
    for changes in ({"tool_resources": resources}, {"name": "Other"}, {"tool_resources": None}):
        AssistantDraft.objects.all().delete()
        AssistantDraft.objects.create(
            assistant=cast.assistant, user=cast.bob, base_number=1, changes=changes
        )
        assert "your draft" not in shown(cast, "vector_store", store.id)


def test_open_pages_of_stores_follow_what_others_do(cast: Cast, store: VectorStore) -> None:
    trigger = 'hx-trigger="stores-changed from:body"'
    listed = shown(cast, "vector_stores", after="0")
    [part] = re.findall(r'<div id="stores-found"[^>]*>', listed)
    # With the page of the list that somebody has open.
    assert f'hx-get="{project_url(cast, "vector_stores")}?after=0"' in part
    assert trigger in part
    page = shown(cast, "vector_store", store.id)
    files, name = (
        project_url(cast, "store_files", store.id),
        project_url(cast, "vector_store", store.id),
    )
    parts = [part for part in re.findall(r"<span [^>]*>", page) if trigger in part]
    assert [re.findall('hx-(?:get|target)="([^"?]*)', part) for part in parts] == [
        [name, "#page-h"],
        [files, "#store-files"],
    ]
    assert 'id="page-h"' in page
    # Of a store that somebody has deleted, only the list of files says so.
    store.delete()
    alice = signed_in(cast.alice)
    assert alice.get(name, headers={"HX-Request": "true"}).status_code == 204
    assert alice.get(name).status_code == 404
