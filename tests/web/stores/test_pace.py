"""How long the indexing of a store's files still takes, by what a page has seen."""

import re
import time

import pytest

from assistants_app.models import VectorStore, VectorStoreFile
from assistants_app.web.stores.pace import pace_of
from tests.cast import Cast, make_file
from tests.web.pages import shown


def test_pages_say_how_long_it_takes_by_what_they_have_seen(
    cast: Cast, store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        VectorStoreFile.objects.create(
            store=store, file=make_file(cast.project, filename=f"{name}.txt"), status="in_progress"
        )
    began = shown(cast, "store_files", store.id)
    assert "left" not in began
    [asked] = {*re.findall(r"had=\d+&amp;began=\d+", began)}
    query = dict(one.split("=") for one in asked.split("&amp;"))
    later = time.time() + 40
    monkeypatch.setattr("assistants_app.web.stores.pace.time.time", lambda: later)
    assert "left" not in shown(cast, "store_files", store.id, **query)
    first = VectorStoreFile.objects.filter(store=store, status="in_progress").earliest("pk")
    VectorStoreFile.objects.filter(pk=first.pk).update(status="completed", pending=False)
    page = shown(cast, "store_files", store.id, **query)
    assert "about 2 minutes left" in page
    assert asked in page
    VectorStoreFile.objects.update(status="completed", pending=False)
    # The next files begin a pace of their own.
    assert "began=" not in shown(cast, "store_files", store.id, **query)


def test_reindexing_has_a_pace_too(cast: Cast, store: VectorStore) -> None:
    VectorStoreFile.objects.create(
        store=store, file=make_file(cast.project, filename="b.txt"), status="completed"
    )
    VectorStoreFile.objects.filter(file__filename="b.txt").update(pending=False)
    VectorStoreFile.objects.exclude(file__filename="b.txt").update(pending=True)
    asked = pace_of({}, done=0).query.partition("began=")[2]
    page = shown(cast, "reindex_store", store.id, had="0", began=str(int(asked) - 55))
    assert "about 1 minute left" in page


@pytest.mark.parametrize(
    "query",
    [
        {"had": "5", "began": "0"},
        {"had": "x", "began": "0"},
        {"had": "1"},
        {"had": "1", "began": "999999999"},
        {"had": "-1", "began": "1"},
    ],
)
def test_what_makes_no_sense_begins_a_new_pace(query: dict[str, str]) -> None:
    found = pace_of(query, done=4)
    assert found.done == 4
    assert found.time_left(done=4, left=9) == ""
