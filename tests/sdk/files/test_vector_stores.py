"""Vector stores through the SDK: every method, helper and error."""

import io
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.conftest import MODEL
from tests.live import API_KEY, LiveSite, wait_until
from tests.sdk.clients import http_client

pytestmark = pytest.mark.usefixtures("indexer")

SOON = 20  # milliseconds between two polls
FACTS = {
    "whales.md": "# Whales\n\nThe blue whale is the largest animal that has ever lived.",
    "bridges.txt": "The Forth Bridge was opened in March 1890 and is painted red.",
    "bread.html": "<h1>Bread</h1><p>Sourdough rises with wild yeast and bacteria.</p>",
}
STATIC: Any = {
    "type": "static",
    "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20},
}


def upload(client: OpenAI, name: str, text: str) -> str:
    return client.files.create(file=(name, text.encode()), purpose="assistants").id


@pytest.fixture
def files(client: OpenAI) -> dict[str, str]:
    """The ids of uploaded files by name."""
    return {name: upload(client, name, text) for name, text in FACTS.items()}


@pytest.fixture
def store(client: OpenAI, files: dict[str, str]) -> str:
    """The id of a store with these files, which are indexed."""
    store = client.vector_stores.create(name="Facts", file_ids=list(files.values()))
    wait_until(lambda: client.vector_stores.retrieve(store.id).status == "completed")
    return store.id


def found(client: OpenAI, store: str, query: str | list[str], **options: Any) -> list[str]:
    page = client.vector_stores.search(store, query=query, **options)
    return [result.filename for result in page.data]


def test_the_life_of_a_store(client: OpenAI) -> None:
    made = client.vector_stores.create(
        name="Facts",
        description="What is known",
        metadata={"a": "b"},
        expires_after={"anchor": "last_active_at", "days": 3},
    )
    assert made.id.startswith("vs_")
    assert (made.name, made.status, made.metadata) == ("Facts", "completed", {"a": "b"})
    assert made.last_active_at
    assert made.expires_after
    assert made.expires_at == made.last_active_at + made.expires_after.days * 24 * 3600
    assert client.vector_stores.retrieve(made.id) == made
    changed = client.vector_stores.update(
        made.id, name=None, metadata={"c": "d"}, expires_after=None
    )
    assert (changed.name, changed.metadata, changed.expires_at) == ("", {"c": "d"}, None)
    assert client.vector_stores.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError, match=f"No vector store found with id '{made.id}'"):
        client.vector_stores.retrieve(made.id)


def test_stores_are_listed_in_pages(client: OpenAI) -> None:
    made = [client.vector_stores.create(name=str(number)).id for number in range(5)]
    newest = [item.id for item in client.vector_stores.list(limit=2).data]
    assert newest == made[:-3:-1]
    after = client.vector_stores.list(order="asc", after=made[0], limit=3)
    assert ([item.id for item in after.data], after.has_more) == (made[1:4], True)
    before = client.vector_stores.list(before=made[2], limit=2)
    assert [item.id for item in before.data] == made[:2:-1]


def test_files_are_found_by_meaning_and_by_words(client: OpenAI, store: str) -> None:
    shown = client.vector_stores.retrieve(store)
    assert (shown.file_counts.completed, shown.file_counts.total) == (3, 3)
    assert shown.usage_bytes > sum(map(len, FACTS.values()))
    page = client.vector_stores.search(store, query="Which creature is the biggest?")
    best = page.data[0]
    assert (best.filename, best.attributes) == ("whales.md", {})
    assert "blue whale" in best.content[0].text
    scores = [result.score for result in page.data]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert found(client, store, "1890")[0] == "bridges.txt"
    assert found(client, store, "sourdough", max_num_results=1) == ["bread.html"]
    both = found(client, store, ["yeast", "largest animal"], max_num_results=2)
    assert set(both) == {"bread.html", "whales.md"}


def test_searches_take_a_threshold_and_a_rewritten_query(client: OpenAI, store: str) -> None:
    options: Any = {"ranker": "none", "score_threshold": 0.95}
    assert found(client, store, "tax law of Peru", ranking_options=options) == []
    asked = http_client(str(client.base_url), API_KEY).post(
        f"/vector_stores/{store}/search",
        json={
            "query": "Could you please tell me who is the largest animal?",
            "rewrite_query": True,
        },
    )
    assert asked.json()["search_query"] == ["largest animal"]
    assert asked.json()["data"][0]["filename"] == "whales.md"


def test_the_life_of_a_file_in_a_store(client: OpenAI) -> None:
    store = client.vector_stores.create().id
    rows = client.vector_stores.files
    file = upload(client, "whales.md", FACTS["whales.md"])
    row = rows.create(
        store,
        file_id=file,
        attributes={"year": 1890, "old": True},
        chunking_strategy=STATIC,
    )
    assert (row.id, row.vector_store_id, row.status) == (file, store, "in_progress")
    row = rows.poll(file, vector_store_id=store, poll_interval_ms=SOON)
    assert (row.status, row.last_error) == ("completed", None)
    assert row.chunking_strategy
    assert row.chunking_strategy.to_dict() == STATIC
    assert rows.retrieve(file, vector_store_id=store) == row
    changed = rows.update(file, vector_store_id=store, attributes={"year": 2024})
    assert changed.attributes == {"year": 2024}
    [content] = rows.content(file, vector_store_id=store).data
    assert (content.type, content.text) == ("text", FACTS["whales.md"])
    assert rows.delete(file, vector_store_id=store).deleted
    assert client.vector_stores.retrieve(store).file_counts.total == 0
    assert client.files.retrieve(file).id == file
    for call in (rows.retrieve, rows.content, rows.delete):
        with pytest.raises(openai.NotFoundError, match=f"No file found with id '{file}' in vector"):
            call(file, vector_store_id=store)


def test_upload_helpers(client: OpenAI) -> None:
    store = client.vector_stores.create().id
    rows = client.vector_stores.files
    row = rows.upload(vector_store_id=store, file=("a.txt", b"Alpha is first."))
    assert rows.poll(row.id, vector_store_id=store, poll_interval_ms=SOON).status == "completed"
    row = rows.upload_and_poll(
        vector_store_id=store,
        file=("b.txt", b"Beta is second."),
        attributes={"letter": "b"},
        poll_interval_ms=SOON,
    )
    assert (row.status, row.attributes) == ("completed", {"letter": "b"})
    batch = client.vector_stores.file_batches.upload_and_poll(
        store,
        files=[("c.txt", io.BytesIO(b"Gamma is third.")), ("d.txt", b"Delta is fourth.")],
        file_ids=[row.id],
        poll_interval_ms=SOON,
    )
    assert (batch.status, batch.file_counts.completed) == ("completed", 3)
    assert found(client, store, "gamma")[0] == "c.txt"


def test_batches(client: OpenAI, files: dict[str, str]) -> None:
    store = client.vector_stores.create().id
    batches = client.vector_stores.file_batches
    ids = list(files.values())
    batch = batches.create_and_poll(
        store, file_ids=ids[:2], attributes={"batch": 1}, poll_interval_ms=SOON
    )
    assert batch.id.startswith("vsfb_")
    assert (batch.status, batch.file_counts.completed) == ("completed", 2)
    assert batches.retrieve(batch.id, vector_store_id=store) == batch
    each = batches.create(
        store,
        files=[{"file_id": ids[2], "attributes": {"batch": 2}, "chunking_strategy": STATIC}],
    )
    done = batches.poll(each.id, vector_store_id=store, poll_interval_ms=SOON)
    assert done.file_counts.total == 1
    listed = batches.list_files(batch.id, vector_store_id=store, order="asc")
    assert [(row.id, row.attributes) for row in listed] == [
        (ids[0], {"batch": 1}),
        (ids[1], {"batch": 1}),
    ]
    [row] = batches.list_files(each.id, vector_store_id=store, filter="completed").data
    assert row.attributes == {"batch": 2}
    # A batch that has ended keeps its status.
    assert batches.cancel(batch.id, vector_store_id=store).status == "completed"
    with pytest.raises(openai.NotFoundError, match="No file batch found with id 'vsfb_x'"):
        batches.retrieve("vsfb_x", vector_store_id=store)


def test_files_are_listed_by_state_in_pages(client: OpenAI, store: str) -> None:
    rows = client.vector_stores.files
    ids = [row.id for row in rows.list(store, order="asc")]
    assert ids == [row.id for row in rows.list(store, order="asc", limit=1)]
    assert ids[::-1] == [row.id for row in rows.list(store, filter="completed")]
    assert [row.id for row in rows.list(store, before=ids[0]).data] == ids[:0:-1]
    assert rows.list(store, filter="failed").data == []
    for row in rows.list(store, limit=1):  # the cursor of a page may be deleted before the next
        rows.delete(row.id, vector_store_id=store)
    assert rows.list(store).data == []
    with pytest.raises(openai.BadRequestError, match="Supported values are: 'in_progress'"):
        rows.list(store, filter="lost")  # type: ignore[arg-type]


def test_a_file_that_cannot_be_read_fails_with_the_reason(client: OpenAI) -> None:
    store = client.vector_stores.create().id
    for name, text, code, says in (
        ("a.exe", "MZ", "unsupported_file", "supported"),
        ("a.txt", "   ", "invalid_file", "no text"),
        ("a.pdf", "not a pdf", "invalid_file", ""),
    ):
        row = client.vector_stores.files.create_and_poll(
            upload(client, name, text), vector_store_id=store, poll_interval_ms=SOON
        )
        assert row.status == "failed"
        assert row.last_error
        assert row.last_error.code == code
        assert says in row.last_error.message
    shown = client.vector_stores.retrieve(store)
    assert (shown.status, shown.file_counts.failed) == ("completed", 3)


def test_a_deleted_file_is_in_no_store(client: OpenAI, store: str, files: dict[str, str]) -> None:
    client.files.delete(files["whales.md"])
    assert client.vector_stores.retrieve(store).file_counts.total == 2
    assert "whales.md" not in found(client, store, "largest animal")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"query": ""}, "query"),
        ({"query": []}, "query"),
        ({}, "query"),
        ({"query": "x", "max_num_results": 51}, "max_num_results"),
        (
            {"query": "x", "ranking_options": {"score_threshold": 2}},
            "ranking_options.score_threshold",
        ),
        ({"query": "x", "filters": {"type": "eq", "key": "a"}}, "filters.value"),
        ({"query": "x", "filters": {"type": "in", "key": "a", "value": 1}}, "filters.value"),
        ({"query": "x", "filters": {"type": "is", "key": "a", "value": 1}}, "filters.type"),
        ({"query": "x", "filters": {"type": "and", "filters": []}}, "filters.filters"),
    ],
)
def test_wrong_searches_are_refused_by_name(
    client: OpenAI, body: dict[str, Any], param: str
) -> None:
    store = client.vector_stores.create().id
    with pytest.raises(openai.BadRequestError) as caught:
        client.post(f"/vector_stores/{store}/search", body=body, cast_to=object)
    assert caught.value.param == param


def test_wrong_stores_and_files_are_refused_by_name(client: OpenAI) -> None:
    store = client.vector_stores.create().id
    file = upload(client, "a.txt", "x")
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("", {"file_ids": ["file-1"] * 10_001}, "file_ids"),
        ("", {"expires_after": {"anchor": "last_active_at", "days": 366}}, "expires_after.days"),
        ("", {"expires_after": {"anchor": "created_at", "days": 3}}, "expires_after.anchor"),
        (f"/{store}/files", {"file_id": file, "attributes": {"a": "x" * 513}}, "attributes.a"),
        (
            f"/{store}/files",
            {"file_id": file, "attributes": dict.fromkeys("abcdefghijklmnopq", 1)},
            "attributes",
        ),
        (f"/{store}/files", {}, "file_id"),
        (f"/{store}/file_batches", {}, "file_ids"),
        (f"/{store}/file_batches", {"file_ids": [file], "files": [{"file_id": file}]}, "files"),
    ]
    for path, body, param in wrong:
        with pytest.raises(openai.BadRequestError) as caught:
            client.post(f"/vector_stores{path}", body=body, cast_to=object)
        assert caught.value.param == param
    for tokens, overlap in ((99, 0), (4097, 0), (200, 101)):
        sizes = {"max_chunk_size_tokens": tokens, "chunk_overlap_tokens": overlap}
        strategy: Any = {"type": "static", "static": sizes}
        with pytest.raises(openai.BadRequestError, match="chunk_"):
            client.vector_stores.files.create(store, file_id=file, chunking_strategy=strategy)
    with pytest.raises(openai.NotFoundError, match="No file found with id 'file-1'"):
        client.vector_stores.file_batches.create(store, file_ids=[file, "file-1"])
    assert client.vector_stores.retrieve(store).file_counts.total == 0


def test_stores_can_be_created_with_assistants_and_threads(
    client: OpenAI, files: dict[str, str]
) -> None:
    inline: Any = {
        "file_search": {
            "vector_stores": [
                {
                    "file_ids": list(files.values()),
                    "metadata": {"a": "b"},
                    "chunking_strategy": STATIC,
                }
            ]
        }
    }
    assistant = client.beta.assistants.create(
        model=MODEL, tools=[{"type": "file_search"}], tool_resources=inline
    )
    thread = client.beta.threads.create(tool_resources=inline)
    for made, days in ((assistant, None), (thread, 7)):
        assert made.tool_resources
        assert made.tool_resources.file_search
        [store_id] = made.tool_resources.file_search.vector_store_ids or []
        store = client.vector_stores.retrieve(store_id)
        assert (store.file_counts.total, store.metadata) == (3, {"a": "b"})
        assert (store.expires_after and store.expires_after.days) == days
        named: Any = {"file_search": {"vector_store_ids": [store_id]}}
        again = client.beta.threads.create(tool_resources=named)
        assert again.tool_resources
        assert again.tool_resources.to_dict() == named
    both: Any = {"file_search": {**inline["file_search"], "vector_store_ids": [store_id]}}
    with pytest.raises(openai.BadRequestError, match="Only one of"):
        client.beta.threads.create(tool_resources=both)


def test_attachments_are_added_to_the_threads_store(client: OpenAI, files: dict[str, str]) -> None:
    def message(name: str) -> Any:
        attachment = {"file_id": files[name], "tools": [{"type": "file_search"}]}
        return {"role": "user", "content": "Look.", "attachments": [attachment]}

    thread = client.beta.threads.create(messages=[message("whales.md")])
    thread = client.beta.threads.retrieve(thread.id)
    assert thread.tool_resources
    assert thread.tool_resources.file_search
    [store_id] = thread.tool_resources.file_search.vector_store_ids or []
    client.beta.threads.messages.create(thread.id, **message("bread.html"))
    wait_until(lambda: client.vector_stores.retrieve(store_id).file_counts.completed == 2)
    store = client.vector_stores.retrieve(store_id)
    assert store.expires_after
    assert store.expires_after.days == 7
    assert found(client, store_id, "yeast")[0] == "bread.html"


async def test_the_asynchronous_client(aclient: AsyncOpenAI) -> None:
    store = await aclient.vector_stores.create(name="Async")
    row = await aclient.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=("a.txt", b"Alpha is first."), poll_interval_ms=SOON
    )
    assert row.status == "completed"
    batch = await aclient.vector_stores.file_batches.upload_and_poll(
        store.id, files=[("b.txt", b"Beta is second.")], poll_interval_ms=SOON
    )
    assert batch.status == "completed"
    names = [item.filename async for item in aclient.vector_stores.search(store.id, query="beta")]
    assert names[0] == "b.txt"
    assert {item.id async for item in aclient.vector_stores.files.list(store.id, limit=1)} > {
        row.id
    }
    assert (await aclient.vector_stores.delete(store.id)).deleted


def test_old_sdks_reach_the_same_urls_with_their_header(site: LiveSite) -> None:
    with http_client(site.base_url, API_KEY) as http:
        made = http.post("/vector_stores", json={"name": "Old"}).json()
        assert http.get(f"/vector_stores/{made['id']}").json() == made
