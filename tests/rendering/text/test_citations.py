"""Citations in replies, and the results of file search."""

from typing import Any

import pytest

from assistants_app.domain.search import SearchHit
from assistants_app.models import Citation, Message, RunStep
from assistants_app.rendering.text.citations import text_around
from assistants_app.rendering.threads.messages import render_message
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.services.runs.citations import save_citations
from assistants_app.wire.runs.steps import (
    RESULT,
    full_step_object,
    search_call,
    search_outcome,
    search_result,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import file_citation, message_object, text_part
from tests.cast import Cast
from tests.web.threads.logged_runs import plain

MARK = "【0:0†a_*b*<i>.txt】"


def hit(text: str, **columns: Any) -> SearchHit:
    values: dict[str, Any] = {"page": None, "heading": "", "start": 0, "end": len(text)}
    values |= {"filename": "a.txt", "score": 0.5, **columns}
    return SearchHit(1, "vs_1", "file-1", index=0, text=text, **values)


def html_of(cast: Cast, text: str, *marks: str, page: int | None = None) -> str:
    part = text_part(text)
    part["text"]["annotations"] = [
        file_citation(mark, text.index(mark), text.index(mark) + len(mark), "file-1", page=page)
        for mark in marks
    ]
    message = Message(thread=cast.thread, role="assistant", content=[part])
    return render_message(message_object(message), {}, cast.project.id)


def test_marks_become_chips_that_are_numbered_by_chunk(cast: Cast) -> None:
    other = "【2:13†b.pdf】"
    html = html_of(cast, f"**One{MARK}** two{other} and {MARK}.", MARK, other, page=3)
    url = f"/p/{cast.project.id}/threads/{cast.thread.id}/citations"
    label = "a_*b*&lt;i&gt;.txt, page 3"
    chip = (
        f'<a class="cite" href="{url}/0/0/" aria-label="Citation 1: {label}" title="{label}">1</a>'
    )
    assert f"<strong>One{chip}</strong>" in html
    assert f"and {chip}." in html
    assert f'href="{url}/2/13/"' in html
    assert ">2</a>" in html
    assert "【" not in html


def test_marks_without_a_citation_and_marks_in_code_stay_text(cast: Cast) -> None:
    html = html_of(cast, f"See 【7:7†x.md】 and `{MARK}` but {MARK}", MARK)
    assert "See 【7:7†x.md】 and" in html
    assert "<code>【0:0†a_*b*&lt;i&gt;.txt】</code>" in html
    assert html.count('class="cite"') == 1


def test_a_search_shows_its_query_and_its_results_and_folds_many(cast: Cast) -> None:
    hits = [hit(f"Passage <{number}>", page=number or None) for number in range(7)]
    results = [search_result(citation) for citation in save_citations(run=cast.run, hits=hits)]
    details = search_call("s", query="What <b>?", ranker="r", score_threshold=0, results=results)
    parts = [(0.8, 0.75), (0.97, None), *[(None, 1.0)] * 5]
    details[RESULT] = search_outcome("ok", "", files=3, parts=parts)
    step = RunStep(run_id=cast.run.id, thread_id=cast.thread.id, type="tool_calls")
    step.step_details, step.status = tool_calls_details([details]), "completed"
    html = render_calls(full_step_object(step), cast.project.id)
    assert "What &lt;b&gt;?" in html
    assert "Searched 3 files · 7 results" in html
    assert "2 more results" in html
    assert "page 6" in html
    first, second, third = (plain(part) for part in html.split("<details")[2:5])
    assert "1. " in first
    assert "meaning 0.80 words 75 %" in first
    assert "meaning 0.97 no words" in second
    assert "meaning" not in third
    assert "words 100 %" in third
    assert "Passage &lt;3&gt;" in html
    assert f"/threads/{cast.thread.id}/citations/0/6/#cited-text" in html


@pytest.mark.parametrize(
    ("text", "start", "shown"),
    [
        ("Before. The passage. After.", 0, ("Before. ", "The passage.", " After.", False)),
        ("re. The passage. Aft", 4, ("re. ", "The passage.", " Aft", True)),
        ("Moved: more. The passage.", 0, ("Moved: more. ", "The passage.", "", False)),
        ("Another text.", 0, None),
    ],
)
def test_the_cited_text_is_found_in_its_file_also_after_it_has_moved(
    text: str, start: int, shown: tuple[str, str, str, bool] | None
) -> None:
    citation = Citation(quote="The passage.", start=8, end=20)
    around = text_around(citation, text, start, more_after=False)
    assert shown == (around and (around.before, around.cited, around.after, around.cut))
