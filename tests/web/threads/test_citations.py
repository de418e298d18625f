"""The cited text behind citations, with and without its file."""

from typing import Any

import pytest
from django.urls import reverse

from assistants_app.models import Chunk, Citation, VectorStore, VectorStoreFile
from tests.cast import Cast
from tests.web.pages import signed_in, squeezed

TEXT = "First part. Secret <b> passage. Last part."
QUOTE = "Secret <b> passage."


@pytest.fixture
def cited(cast: Cast) -> Citation:
    """A citation of an indexed file."""
    store = VectorStore.objects.create(project=cast.project, embedding_model="m")
    row = VectorStoreFile.objects.create(
        store=store, file=cast.file, status="completed", chunk_count=1, pending=False
    )
    Chunk.objects.create(
        store_id=store.id,
        store_file=row,
        index=0,
        text=TEXT,
        start=0,
        end=len(TEXT),
        embedding=[1.0, 0.0],
    )
    start = TEXT.index(QUOTE)
    return Citation.objects.create(
        thread=cast.thread,
        number=1,
        place=2,
        file_id=cast.file.id,
        filename="Secret.txt",
        quote=QUOTE,
        heading="Part <2>",
        page=4,
        start=start,
        end=start + len(QUOTE),
        score=0.87,
    )


def page_of(cast: Cast, name: str, place: int = 2) -> Any:
    url = reverse(name, args=[cast.project.id, cast.thread.id, 1, place])
    return signed_in(cast.bob).get(url)


def test_the_cited_text_is_shown_with_its_place_and_marked_in_its_file(
    cast: Cast, cited: Citation
) -> None:
    dialog = page_of(cast, "cited_text").content.decode()
    for words in ("Secret.txt", "Page 4", "0.87", "Part &lt;2&gt;", "Secret &lt;b&gt; passage."):
        assert words in dialog
    page = page_of(cast, "citation").content.decode()
    assert 'First part. <mark id="cited-text">Secret &lt;b&gt; passage.</mark> Last part.' in page
    assert page_of(cast, "citation", 3).status_code == 404


def test_the_sentence_that_the_reply_is_about_is_marked(cast: Cast, cited: Citation) -> None:
    cited.quote = "First <b>. The pier is of 1907. Last."
    cited.save()
    url = reverse("cited_text", args=[cast.project.id, cast.thread.id, 1, 2])
    page = signed_in(cast.bob).get(url, {"about": "Built in 1907"}).content.decode()
    assert "First &lt;b&gt;. <mark>The pier is of 1907.</mark> Last." in page
    assert "Result 3 of the search" in page
    assert "<mark>" not in signed_in(cast.bob).get(url).content.decode()


def test_a_markdown_file_is_rendered_with_the_cited_blocks_marked(
    cast: Cast, cited: Citation
) -> None:
    Citation.objects.filter(pk=cited.pk).update(filename="Secret.MD")
    page = squeezed(page_of(cast, "citation").content.decode())
    assert 'class="cited" id="cited-text" role="mark"><p' in page
    assert (
        "Secret &lt;b&gt; passage." in page.partition('id="cited-text"')[2].partition("</div>")[0]
    )
    # The place is in the head, which never covers it.
    head = page.partition('class="section-h"')[2].partition('class="content"')[0]
    assert "Result 3 of the search" in head


def test_the_cited_text_outlives_its_file(cast: Cast, cited: Citation) -> None:
    VectorStore.objects.all().delete()
    assert "changed or left its vector store" in page_of(cast, "citation").content.decode()
    cast.file.delete()
    page = page_of(cast, "citation").content.decode()
    assert "This file was deleted" in page
    assert '<mark id="cited-text">Secret &lt;b&gt; passage.</mark>' in page


@pytest.mark.parametrize("name", ["citation", "cited_text"])
def test_strangers_see_no_cited_text(cast: Cast, cited: Citation, name: str) -> None:
    stranger = signed_in(cast.charlie)
    for project in (cast.project, cast.other_project):
        answer = stranger.get(reverse(name, args=[project.id, cast.thread.id, 1, 2]))
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()
