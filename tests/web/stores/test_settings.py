"""Changes to a vector store on its page, and the queries that people try there."""

import re
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Chunk, File, VectorStore, VectorStoreFile
from assistants_app.retrieval.embed import BUNDLED, MULTILINGUAL, LocalModel
from assistants_app.web.stores.forms import (
    attach_body,
    list_of,
    search_body,
    text_of_value,
    value_of,
)
from tests.cast import Cast, make_file
from tests.web.pages import project_url, shown, signed_in


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.alice)


def test_name_expiry_and_metadata_of_a_store_are_changed(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    form = {
        "name": "Laws <i>",
        "days": "9",
        "metadata-key": ["team", "", "year"],
        "metadata-value": ["red", "", "2024"],
    }
    answer = client.post(project_url(cast, "store_settings", store.id), form).content.decode()
    assert "Laws &lt;i&gt;" in answer
    before = store.last_active_at
    store.refresh_from_db()
    assert (store.name, store.metadata) == ("Laws <i>", {"team": "red", "year": "2024"})
    assert store.expires_at is not None
    assert store.last_active_at > before
    assert (store.expires_at - store.last_active_at).days == 9
    client.post(project_url(cast, "store_settings", store.id), {"name": "", "days": ""})
    after = VectorStore.objects.get(pk=store.id)
    assert (after.name, after.expires_at, after.metadata) == ("", None, {})


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"days": "366"}, "s-days", "Enter 365 or less."),
        ({"days": "soon"}, "s-days", "Enter a whole number."),
        ({"name": "x" * 257}, "s-name", "Use at most 256 characters."),
        ({"metadata-key": ["a", "a"], "metadata-value": ["1", "2"]}, "metadata", "twice"),
        ({"metadata-key": [""], "metadata-value": ["1"]}, "metadata", "a key"),
        (
            {"metadata-key": ["a"], "metadata-value": ["x" * 513]},
            "metadata",
            "Use at most 512 characters.",
        ),
    ],
)
def test_what_is_wrong_with_settings_stands_under_its_field_and_nothing_changes(
    cast: Cast, store: VectorStore, client: Client, form: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post(project_url(cast, "store_settings", store.id), {"name": "New", **form})
    assert answer.status_code == 422
    _, found, told = answer.content.decode().partition(f'id="e-{field}">')
    assert found
    assert words in told.partition("</p>")[0]
    for typed in form.values():
        assert (
            f'value="{typed[-1] if isinstance(typed, list) else typed}"' in answer.content.decode()
        )
    assert VectorStore.objects.get(pk=store.id).name == store.name


def test_attributes_and_chunk_sizes_of_a_file_are_changed(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    address = project_url(cast, "store_file_settings", store.id, cast.file.id)
    form = {
        "attributes-key": ["year", "text", "open"],
        "attributes-value": ["2024", '"2024"', "true"],
        "chunking": "",
    }
    client.post(address, form)
    row = VectorStoreFile.objects.get(store=store)
    assert row.attributes == {"year": 2024, "text": "2024", "open": True}
    assert not row.pending
    assert "value=&quot;" not in shown(cast, "store_file", store.id, cast.file.id)
    assert "year=2024" in shown(cast, "store_files", store.id)
    sizes = {"chunking": "static", "max_chunk_size_tokens": "200", "chunk_overlap_tokens": "100"}
    client.post(address, {**form, **sizes})
    row.refresh_from_db()
    assert (row.max_chunk_tokens, row.overlap_tokens, row.pending) == (200, 100, True)
    answer = client.post(address, {**form, **sizes, "chunk_overlap_tokens": "101"})
    assert answer.status_code == 422
    assert "max_chunk_size_tokens / 2" in answer.content.decode()
    assert project_url(cast, "store_file_settings", store.id, "file-none")
    none = client.post(project_url(cast, "store_file_settings", store.id, "file-none"), form)
    assert none.status_code == 404


def test_files_come_into_a_store_with_chosen_chunk_sizes(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    files = f"{project_url(cast, 'store_files', store.id)}?chunking=static&name=new.md"
    good = f"{files}&max_chunk_size_tokens=300&chunk_overlap_tokens=0"
    assert client.put(good, b"# New").content == b""
    row = VectorStoreFile.objects.get(store=store, file__filename="new.md")
    assert (row.max_chunk_tokens, row.overlap_tokens) == (300, 0)
    count = File.objects.count()
    bad = client.put(f"{files}&max_chunk_size_tokens=99&chunk_overlap_tokens=0", b"# New")
    assert "max_chunk_size_tokens" in bad.content.decode()
    assert File.objects.count() == count


def test_files_are_listed_by_state_and_failed_ones_are_tried_again(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    for name in ("one.md", "two.md"):
        VectorStoreFile.objects.create(
            store=store,
            file=make_file(cast.project, b"x", filename=name),
            status="failed",
            pending=False,
            last_error={"code": "server_error", "message": "It is locked."},
        )
    listed = shown(cast, "store_files", store.id, status="failed")
    assert "one.md" in listed
    assert "Secret.txt" not in listed
    assert "1 ready · 2 failed · " in " ".join(listed.split())
    assert listed.count("It is locked.") == 2  # at the files
    one = VectorStoreFile.objects.get(file__filename="one.md")
    client.post(project_url(cast, "retry_file", store.id, one.file_id))
    one.refresh_from_db()
    assert (one.status, one.pending, one.last_error) == ("in_progress", True, None)
    listed = shown(cast, "store_files", store.id)
    assert "1 indexing · 1 ready · 1 failed" in listed
    assert re.search(r'max="3"\s+value="1"', listed)  # a file that failed isn't done
    client.post(project_url(cast, "retry_failed", store.id))
    assert not VectorStoreFile.objects.filter(store=store, status="failed").exists()
    assert client.post(project_url(cast, "retry_file", store.id, "file-none")).status_code == 404


def test_a_store_is_reindexed_while_its_passages_stay(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    assert "1 file has chunks from another model" in shown(cast, "reindex_store", store.id)
    refused = client.post(project_url(cast, "reindex_store", store.id), {"model": "elsewhere"})
    assert refused.status_code == 422
    assert "EMBEDDING_BASE_URL" in refused.content.decode()
    row = VectorStoreFile.objects.get(store=store)
    assert not row.pending
    answer = client.post(project_url(cast, "reindex_store", store.id), {"model": BUNDLED.name})
    assert "0 of 1 files re-indexed" in answer.content.decode()
    row.refresh_from_db()
    assert (row.pending, row.status, row.chunks.count()) == (True, "completed", 1)
    store.refresh_from_db()
    assert store.embedding_model == BUNDLED.name
    VectorStoreFile.objects.update(
        pending=False, last_error={"code": "server_error", "message": "Out of <reach>."}
    )
    told = shown(cast, "reindex_store", store.id)
    assert "re-index 1 file, so searches use its old chunks: Out of &lt;reach&gt;." in told
    assert "load delay" not in told


GERMAN = (
    "Der Vertrag wird von beiden Parteien unterschrieben und ist nicht übertragbar, wenn die Firma "
    "nicht zustimmt. Das gilt auch für alle anderen Fälle, die hier nicht genannt sind, und für "
    "Verträge, die vor dem Beginn des Jahres geschlossen wurden."
)


@pytest.mark.parametrize("text", [GERMAN, "机器学习是人工智能的一个分支。", "يبدأ الاجتماع صباحا"])
def test_a_store_in_another_language_is_offered_another_model(
    cast: Cast, store: VectorStore, client: Client, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    offer = "This text doesn&#x27;t look English"
    store.embedding_model = BUNDLED.name
    store.save()
    assert offer not in shown(cast, "reindex_store", store.id)
    Chunk.objects.update(text=text)
    page = " ".join(shown(cast, "reindex_store", store.id).replace("'", "&#x27;").split())
    assert f"{offer}, and {BUNDLED.name} is for English." in page
    assert f"Re-index with {MULTILINGUAL.name}" in page
    monkeypatch.setattr(LocalModel, "is_installed", lambda self: self.english)
    page = " ".join(shown(cast, "reindex_store", store.id).split())
    assert "EMBEDDING_MODEL=multilingual" in page
    refused = client.post(
        project_url(cast, "reindex_store", store.id), {"model": MULTILINGUAL.name}
    )
    assert refused.status_code == 422
    assert "requirements/multilingual.txt" in refused.content.decode()
    store.embedding_model = MULTILINGUAL.name
    store.save()
    assert offer not in shown(cast, "reindex_store", store.id).replace("'", "&#x27;")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=", "Enter a query first."),
        ("q=x&n=51", "max_num_results"),
        ("q=x&threshold=2", "score_threshold"),
        ("q=x&filters={", "valid JSON"),
        ("q=x&filters=[]", "filters"),
        ("q=x&filters=" + '{"type":"eq","key":"a","value":[1]}', "takes a string"),
    ],
)
def test_the_tester_says_what_is_wrong_in_the_words_of_the_api(
    cast: Cast, store: VectorStore, client: Client, query: str, words: str
) -> None:
    answer = client.get(f"{project_url(cast, 'try_query', store.id)}?{query}").content.decode()
    assert words in answer
    assert "banner err" in answer


def test_the_tester_asks_what_its_form_says() -> None:
    data = QueryDict(
        "q=+How+is++it%3F&n=3&threshold=0.5&rewrite=on&join=or"
        "&key=year&operator=gte&value=2020&key=&operator=eq&value=&key=lang&operator=in&value=de,en"
    )
    assert search_body(data) == {
        "query": "How is it?",
        "max_num_results": 3,
        "ranking_options": {"score_threshold": 0.5},
        "rewrite_query": True,
        "filters": {
            "type": "or",
            "filters": [
                {"type": "gte", "key": "year", "value": 2020},
                {"type": "in", "key": "lang", "value": ["de", "en"]},
            ],
        },
    }
    one = QueryDict("q=x&key=a&operator=eq&value=true")
    assert search_body(one)["filters"] == {"type": "eq", "key": "a", "value": True}
    assert attach_body({}, "file-1") == {"file_id": "file-1"}


@pytest.mark.parametrize("value", ["x", "7", 7, 1.5, True, "true", '"', "", "NaN", "[1]", " x "])
def test_values_are_read_as_they_are_written(value: Any) -> None:
    read = value_of(text_of_value(value))
    assert (type(read), read) == (type(value), value)


def test_lists_are_arrays_or_values_with_commas() -> None:
    assert list_of('["a, b", 1]') == ["a, b", 1]
    assert list_of('a, 2,"3"') == ["a", 2, "3"]
    with pytest.raises(InvalidRequest, match="valid JSON"):
        search_body(QueryDict("q=x&filters=nope"))


PNG = "Files of type .png aren't supported. Use one of: .c .csv .docx .epub .html .md .pdf .txt."


@pytest.mark.parametrize(
    ("code", "message", "reason", "helps"),
    [
        ("unsupported_file", PNG, "Files of type .png aren't supported.", False),
        ("invalid_file", "The file contains no text.", "The file contains no text.", False),
        (
            "invalid_file",
            "The PDF has no text: its pages are scans. Run OCR on it.",
            "The PDF has no text: its pages are scans.",
            False,
        ),
        ("server_error", "The stored file is missing.", "The stored file is missing.", True),
        ("server_error", "x" * 300, "x" * 79 + "…", True),
        ("", "", "", True),
    ],
)
def test_a_failed_file_has_a_short_reason_and_a_retry_only_where_it_helps(
    cast: Cast,
    store: VectorStore,
    client: Client,
    code: str,
    message: str,
    reason: str,
    helps: bool,
) -> None:
    row = VectorStoreFile.objects.create(
        store=store,
        file=make_file(cast.project, b"x", filename="one.png"),
        status="failed",
        pending=False,
        last_error={"code": code, "message": message} if code else None,
    )
    listed = unescape(shown(cast, "store_files", store.id))
    assert (f'<small class="error">{reason}</small>' in listed) == bool(message)
    assert ("<details>" in listed) == (reason != message)
    assert ("Retry failed" in listed) == helps
    assert (project_url(cast, "retry_file", store.id, row.file_id) in listed) == helps
    client.post(project_url(cast, "retry_failed", store.id))
    row.refresh_from_db()
    assert row.status == ("in_progress" if helps else "failed")


def test_failed_files_are_removed_together_and_stay_files(
    cast: Cast, store: VectorStore, client: Client
) -> None:
    made = [make_file(cast.project, b"x", filename=f"{number}.png") for number in range(4)]
    for file in made:
        VectorStoreFile.objects.create(
            store=store,
            file=file,
            status="failed",
            pending=False,
            last_error={"code": "unsupported_file", "message": PNG},
        )
    listed = unescape(shown(cast, "store_files", store.id))
    assert "4 × Files of type .png aren't supported." in listed
    left = client.post(project_url(cast, "remove_failed", store.id)).content.decode()
    assert "failed" not in left
    assert [row.status for row in VectorStoreFile.objects.filter(store=store)] == ["completed"]
    assert File.objects.filter(pk__in=[file.pk for file in made]).count() == 4
