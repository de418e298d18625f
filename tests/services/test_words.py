"""The rebuild of the search index: found before, during and after, resumable, never in the way."""

import json
import logging

import pytest
from django.core.management import call_command
from django.db import connection

from assistants_app import conf
from assistants_app.domain.lists import PageParams, ThreadFilter
from assistants_app.engine import rebuild
from assistants_app.models import Chunk, Message, VectorStore, VectorStoreFile, WordsState
from assistants_app.queries.stores.search import Scope, by_words, words_of
from assistants_app.queries.threads.threads import list_threads
from assistants_app.queries.words import rebuild_of, rebuilds
from assistants_app.services import words
from tests.cast import Cast, make_file
from tests.queries.threads.conversations import ask

TEXTS = ("The blue whale sang", "l’été “Kranich”", "机器学习 is learning", "plain words")


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An item for each task that would have been sent."""
    sent: list[int] = []
    monkeypatch.setattr(rebuild, "dispatch_rebuild", lambda: sent.append(1))
    return sent


@pytest.fixture
def old(cast: Cast) -> VectorStore:
    """A store and a thread of a version in which PostgreSQL split texts into words."""
    store = VectorStore.objects.create(project=cast.project, embedding_model="made")
    row = VectorStoreFile.objects.create(
        store=store,
        file=make_file(cast.project),
        status="completed",
        pending=False,
        chunk_count=len(TEXTS),
        embedding_model="made",
        embedding_dimension=2,
    )
    for index, text in enumerate(TEXTS):
        place = {"index": index, "text": text, "start": 0, "end": len(text)}
        Chunk.objects.create(store_id=store.id, store_file=row, embedding=[0.6, 0.8], **place)
        ask(cast, text)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE message SET words = NULL;"
            " UPDATE chunk SET words = to_tsvector('english', heading || ' ' || text)"
            " || array_to_tsvector(ARRAY[store_id::text])"
        )
    WordsState.objects.all().delete()
    WordsState.objects.create(table="message", version=0, last=Message.objects.latest("pk").pk)
    WordsState.objects.create(table="chunk", version=0, last=str(Chunk.objects.latest("pk").pk))
    return store


def in_threads(cast: Cast, text: str) -> bool:
    return bool(list_threads(cast.project, PageParams(), ThreadFilter(text=text)).items)


def in_files(store: VectorStore, question: str) -> list[str]:
    found = by_words(Scope([store.id], None), words_of(question), len(TEXTS))
    return [Chunk.objects.get(pk=chunk_id).text for chunk_id, _ in found]


def stored_words() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id::text, words::text FROM chunk"
            " UNION ALL SELECT id, coalesce(words::text, 'none') FROM message ORDER BY 1"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_old_rows_are_found_before_during_and_after(
    cast: Cast, old: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "ROWS_AT_ONCE", 1)
    steps = 0
    while True:
        assert in_threads(cast, "whale sang")
        assert in_threads(cast, '"plain words"')
        assert in_files(old, "Which whales sing?") == [TEXTS[0]]
        assert in_files(old, "plainness of words") == [TEXTS[3]]
        table = words.claim_rebuild()
        if table is None:
            break
        words.rebuild_next_rows(table=table)
        words.release_rebuild(table=table)
        steps += 1
    assert steps == len(TEXTS) + 1 + Message.objects.count() + 1
    assert rebuilds() == []
    assert in_threads(cast, "été")
    assert in_threads(cast, "学习")
    assert in_files(old, "机器学习") == [TEXTS[2]]
    assert in_files(old, "Kranich?") == [TEXTS[1]]
    # As a row that is written now.
    rebuilt = stored_words()
    for row in (*Chunk.objects.all(), *Message.objects.all()):
        row.save(update_fields=["words"])
    assert stored_words() == rebuilt


@pytest.mark.django_db
def test_new_rows_are_found_while_old_ones_wait(cast: Cast, old: VectorStore) -> None:
    ask(cast, "ein neuer “Milan”")
    assert in_threads(cast, "Milan")
    assert in_threads(cast, "whale")
    assert rebuild_of("message") is not None


@pytest.mark.django_db
def test_the_progress_is_shown_to_operators(
    old: VectorStore,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "ROWS_AT_ONCE", 2)
    words.rebuild_next_rows(table="chunk")
    words.release_rebuild(table="chunk")
    call_command("search_index")
    assert capsys.readouterr().out == "chunk: 50 %\nmessage: 0 %\n"
    with caplog.at_level(logging.INFO, "assistants_app.services.words"):
        call_command("search_index", "--now")
    assert "up to date" in capsys.readouterr().out
    assert "Updating the search index of message: 80 %." in caplog.messages
    assert "Updated the search index of message." in caplog.messages


@pytest.mark.django_db
def test_it_gives_way_to_files_that_wait(cast: Cast, old: VectorStore, sent: list[int]) -> None:
    waiting = VectorStoreFile.objects.create(store=old, file=make_file(cast.project))
    rebuild.wake_rebuild()
    rebuild.rebuild_words()
    assert sent == []
    assert [one.percent for one in rebuilds()] == [0, 0]
    waiting.delete()
    rebuild.wake_rebuild()
    assert sent == [1]
    rebuild.rebuild_words()
    rebuild.rebuild_words()
    assert rebuilds() == []
    rebuild.wake_rebuild()
    assert len(sent) == 2  # one from the sweeper, one for the second table


@pytest.mark.django_db
def test_two_workers_don_t_rebuild_the_same_table(
    old: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (words.claim_rebuild(), words.claim_rebuild()) == ("message", "chunk")
    assert words.claim_rebuild() is None
    # A worker that was killed loses its claim.
    monkeypatch.setattr(conf, "INDEX_LEASE_SECONDS", -1.0)
    words.rebuild_next_rows(table="chunk")
    assert words.claim_rebuild() == "chunk"


@pytest.mark.django_db
def test_a_message_that_changed_meanwhile_keeps_its_new_words(cast: Cast, old: VectorStore) -> None:
    message = Message.objects.latest("pk")
    message.content = json.loads(json.dumps(message.content).replace("plain", "fancy"))
    message.save(update_fields=["content", "words"])
    call_command("search_index", "--now")
    assert in_threads(cast, "fancy")
    assert not in_threads(cast, "plain")
