"""The progress of the search index on the pages that search."""

import pytest

from assistants_app.domain.words.vectors import VERSION
from assistants_app.models import VectorStore, WordsState
from tests.cast import Cast
from tests.web.pages import project_url, shown, signed_in


@pytest.mark.parametrize(("table", "page"), [("message", "threads"), ("chunk", "vector_store")])
def test_pages_that_search_show_the_progress(cast: Cast, table: str, page: str) -> None:
    store = VectorStore.objects.create(project=cast.project, embedding_model="m")
    nouns = [store.id] if page == "vector_store" else []
    WordsState.objects.all().delete()
    assert "search index" not in shown(cast, page, *nouns)
    state = WordsState.objects.create(table=table, version=0, rows=10, rows_done=4)
    assert "Updating the search index: 40 %" in shown(cast, page, *nouns)
    line = shown(cast, "search_index", table)
    assert "Updating the search index: 40 %" in line
    assert project_url(cast, "search_index", table) in line
    state.version = VERSION
    state.save()
    assert shown(cast, "search_index", table).strip() == ""


def test_strangers_don_t_see_it(cast: Cast) -> None:
    WordsState.objects.update(version=0)
    address = project_url(cast, "search_index", "message")
    assert signed_in(cast.charlie).get(address).status_code == 404
