"""Vector stores stay consistent while several threads change and search them."""

import contextlib
import io
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from django.core.management import call_command
from django.db import connection

from assistants_app import conf
from assistants_app.domain.errors import NotFound
from assistants_app.engine.indexing import index_next_file
from assistants_app.models import Chunk, File, VectorStore, VectorStoreFile
from assistants_app.queries.stores.stores import counts_of_stores
from assistants_app.retrieval.extract.reader_process import CHILD
from assistants_app.services.files import requests as files
from assistants_app.services.stores import indexing
from assistants_app.services.stores import requests as vector_stores
from assistants_app.wire.stores.stores import StoreFileCreateParams
from tests.cast import Cast, make_file
from tests.live import wait_until
from tests.services.stores.indexed import TEXT, ask, index_all, make_store


def test_a_store_is_searchable_while_it_moves_to_another_model(cast: Cast) -> None:
    store = make_store(cast, TEXT, b"Bread rises with yeast.")
    index_all()
    model = store.embedding_model
    VectorStore.objects.filter(pk=store.pk).update(embedding_model="old")
    VectorStoreFile.objects.filter(store=store).update(embedding_model="old")
    call_command("reindex", store.id, verbosity=0, stdout=io.StringIO())
    assert counts_of_stores([store.id])[store.id].completed == 2
    assert index_all() == 2
    rows = VectorStoreFile.objects.filter(store=store)
    assert set(rows.values_list("embedding_model", "pending")) == {(model, False)}
    assert ask(store)[0] == TEXT.decode()


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Run each function in a thread of its own, and return what they raised, except NotFound."""
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except NotFound:
            pass
        except BaseException as error:  # noqa: BLE001 - the test's own thread checks it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_nobody_reads_a_file_on_that_was_deleted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "INDEX_HEARTBEAT_SECONDS", 0.05)
    slow = b"a,b\n" * 4_500_000  # half a minute
    file_id = make_file(cast.project, slow, filename="a.csv").id
    make_store(cast, file_ids=[file_id])
    before = forks_of_readers()

    def delete() -> None:
        wait_until(lambda: forks_of_readers() - before)
        files.delete_file(project=cast.project, file_id=file_id)
        deleted.append(time.monotonic())

    deleted: list[float] = []
    assert at_once(index_next_file, delete) == []
    assert time.monotonic() - deleted[0] < 5
    assert not forks_of_readers() - before


def forks_of_readers() -> set[psutil.Process]:
    """Return the processes that read a file."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end in between
            parent = process.parent()
            if CHILD in process.cmdline() and parent is not None and CHILD in parent.cmdline():
                found.add(process)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_file_deleted_while_it_is_attached_or_indexed_leaves_no_rows(
    cast: Cast,
) -> None:
    store = make_store(cast)
    errors: list[BaseException] = []
    for _ in range(8):
        file_id = make_file(cast.project, TEXT, filename="a.txt").id
        params = StoreFileCreateParams(file_id=file_id)
        common = {"project": cast.project, "store_id": store.id}

        def attach(params: StoreFileCreateParams = params, common: Any = common) -> None:
            vector_stores.attach_file(**common, params=params)
            index_next_file()

        def delete(file_id: str = file_id) -> None:
            files.delete_file(project=cast.project, file_id=file_id)

        errors += at_once(attach, attach, delete)
        index_all()
        if File.objects.filter(pk=file_id).exists():
            delete()
    assert errors == []
    assert (store.files.count(), Chunk.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_no_search_finds_less_while_a_store_is_reindexed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("services.stores.search", "engine.indexing"):
        monkeypatch.setattr(f"assistants_app.{module}.embedder_of", lambda model: Alike())
    store = make_store(cast, TEXT, b"Bread rises with yeast.")
    index_all()
    over, found = threading.Event(), list[list[str]]()

    def search_on() -> None:
        while not over.is_set():
            found.append(sorted(ask(store, "zzz")))  # by vector only: no chunk has this word

    def move() -> None:
        try:
            for turn in range(30):
                indexing.reindex_store(store_id=store.id, model=f"model {turn % 2}")
                index_all()
        finally:
            over.set()

    assert at_once(search_on, search_on, move) == []
    assert len(found) > 30
    assert [texts for texts in found if len(texts) != 2] == []


class Alike:
    """An embedder that gives all texts the same vector."""

    def embed(self, texts: list[str], kind: str = "passage") -> list[Any]:
        return [[1.0, 0.0] for _ in texts]
