"""The command palette: files and vector stores, and the words that a search found in a thread."""

import pytest

from assistants_app.domain.words.marking import mark_excerpt
from assistants_app.models import Run, Thread, VectorStore
from tests.cast import Cast, make_file
from tests.web.pages import say, shown, squeezed


def test_files_and_stores_are_found_by_name_and_by_id(cast: Cast) -> None:
    file = make_file(cast.project, filename="report & 077.txt")
    store = VectorStore.objects.create(project=cast.project, name="Annual reports")
    link = "?name=report%20%26%20077.txt"
    for text in ("077", "REPORT", file.id):
        assert link in shown(cast, "palette", q=text)
    for text in ("annual", store.id):
        assert f'id="po-{store.id}"' in shown(cast, "palette", q=text)
    assert link not in shown(cast, "palette", q="nothing")
    other = make_file(cast.other_project, filename="077 of others")
    assert other.id not in shown(cast, "palette", q="077")
    assert other.id not in shown(cast, "palette", q=other.id)


def test_a_thread_shows_the_words_that_were_found(cast: Cast) -> None:
    say(cast.thread, "word " * 500 + "The harbour of <Zyxwv> was built in 1907." + " word" * 500)
    page = squeezed(shown(cast, "palette", q="harbo"))
    assert "…word word word word The<mark>harbour</mark>of &lt;Zyxwv&gt; was built" in page
    assert "<mark>" not in shown(cast, "palette")


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("Straße nach Köln", "koln", ["Köln"]),
        ("東京の港は古い", "港", ["港は"]),
        ("שלום עולם", "עולם", ["עולם"]),
        ("Two harbours, one harbour", "harbour", ["harbours", "harbour"]),
        ("Two harbours, one harbour", "harbour ", ["harbour"]),
        ('He said "so it is"', '"so it"', ["so", "it"]),
        ("Nothing here", "harbour", []),
        ("", "harbour", []),
        ("Some text", "", []),
        ("Some text", "-text", []),
    ],
)
def test_the_excerpt_marks_what_is_typed(text: str, typed: str, marked: list[str]) -> None:
    pieces = mark_excerpt(text, typed, before=10, length=60)
    assert [piece for piece, is_word in pieces if is_word] == marked


def test_threads_of_experiments_are_only_found_by_id(cast: Cast) -> None:
    Thread.objects.filter(pk=cast.thread.pk).update(origin="experiment")
    Run.objects.filter(pk=cast.run.pk).update(origin="experiment")
    for text in ("", "secret"):
        page = shown(cast, "palette", q=text)
        assert cast.thread.id not in page
        assert cast.run.id not in page
    assert cast.thread.id in shown(cast, "palette", q=cast.thread.id)
    assert cast.thread.id in shown(cast, "palette", q=cast.message.id)
    assert cast.run.id in shown(cast, "palette", q=cast.run.id)
