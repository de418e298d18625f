"""File search from the tape: other marks, and no request to an embedder."""

from typing import Any

import pytest

from assistants_app.models import Citation, Message, Tape
from assistants_app.services.runs.search import search_for_run
from assistants_app.tools.file_search import call as search_call
from tests.cast import Cast
from tests.engine.tapes.taped import Taped, call, calls_of, notes_of, shown_outputs
from tests.fakes.replies import Reply


def search(query: str) -> Reply:
    return call("file_search", f'{{"query": "{query}"}}')


@pytest.fixture
def tape(taped: Taped, searches: list[str]) -> Tape:
    """One search with two chunks, with the number 0."""
    run = taped.run(taped.thread(), search("rain"), Reply(text="It rains【0:0†rain.txt】."))
    assert run.status == "completed", run.last_error
    return taped.record(run)


@pytest.fixture
def live_search(tape: Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets runs search their stores once the tape is recorded."""
    monkeypatch.setattr(search_call, "search_for_run", search_for_run)


def test_marks_get_the_numbers_of_the_new_thread(
    taped: Taped, tape: Tape, searches: list[str]
) -> None:
    thread = taped.thread()
    taped.run(thread, search("snow"), Reply(text="Snow【0:1†rain.txt】."))
    recorded = shown_outputs(taped.scripted)[-1]
    searches.clear()
    run = taped.replay(
        tape,
        search(" rain "),
        Reply(text="It rains【1:0†rain.txt】."),
        thread=thread,
        search="tape",
    )
    assert run.status == "completed", run.last_error
    assert searches == []
    assert "【1:0†rain.txt】" in shown_outputs(taped.scripted)[-1]
    assert shown_outputs(taped.scripted)[-1] == recorded.replace("【0:", "【1:")
    [made] = calls_of(run)
    results = made["file_search"]["results"]
    assert [result["mark"] for result in results] == ["【1:0†rain.txt】", "【1:1†rain.txt】"]
    assert results[0]["content"][0]["text"] == "It rains."
    # The reply cites a chunk of its own thread.
    content = Message.objects.get(run_id=run.id).content
    [annotation] = content[0]["text"]["annotations"]
    assert annotation["file_citation"]["quote"] == "It rains."
    rows = Citation.objects.filter(thread=thread, number=1).order_by("place")
    assert [(row.quote, row.start, row.heading, row.page) for row in rows] == [
        ("It rains.", 0, "Rain", 2),
        ("It pours.", 20, "Rain", 2),
    ]


def test_no_embedder_is_asked(
    taped: Taped, tape: Tape, cast: Cast, live_search: None, trapped: list[str]
) -> None:
    # Something to search, which the trap would notice.
    stores: dict[str, Any] = {
        "tool_resources": {"file_search": {"vector_store_ids": [cast.store.id]}}
    }
    policy: dict[str, Any] = {"tape": tape, "tape_policy": {"search": "tape"}}
    replies = search("rain"), Reply(text="Rain.")
    run = taped.run(taped.thread(), *replies, **stores, **policy)
    assert run.status == "completed", run.last_error
    missed = taped.run(taped.thread(), search("snow"), **stores, **policy)
    assert missed.last_error["message"] == "The tape has no output for the search for “snow”."
    assert calls_of(missed)[0]["file_search"]["query"] == "snow"
    assert "missed" in notes_of(missed)[0]
    assert trapped == []
    taped.run(taped.thread(), *replies, **stores, tape=tape, tape_policy={})
    assert trapped == ["embedder"]


def test_a_live_miss_searches(taped: Taped, tape: Tape, searches: list[str]) -> None:
    searches.clear()
    run = taped.replay(tape, search("snow"), Reply(text="Snow."), search="tape", on_miss="live")
    assert (run.status, searches) == ("completed", ["snow"])
    assert notes_of(run) == [
        {"missed": "The tape has no output for the search for “snow”.", "rebuilt": []}
    ]


def test_a_search_runs_live_by_default(taped: Taped, tape: Tape, searches: list[str]) -> None:
    searches.clear()
    run = taped.replay(tape, search("rain"), Reply(text="Rain."))
    assert (run.status, searches, notes_of(run)) == ("completed", ["rain"], [None])


def test_a_search_that_found_nothing_is_recorded(
    taped: Taped, searches: list[str], monkeypatch: pytest.MonkeyPatch, trapped: list[str]
) -> None:
    monkeypatch.setattr(search_call, "search_for_run", lambda *_: [])
    run = taped.run(taped.thread(), search("rain"), Reply(text="Nothing."))
    taped.replay(taped.record(run), search("rain"), Reply(text="Nothing."), search="tape")
    assert shown_outputs(taped.scripted) == ["[No passage in the user's files matches.]"]
    assert trapped == []


def test_a_query_that_cannot_be_read_asks_nobody(
    taped: Taped, tape: Tape, trapped: list[str]
) -> None:
    run = taped.replay(
        tape, call("file_search", "[]"), search("rain"), Reply(text="Rain."), search="tape"
    )
    assert (run.status, trapped) == ("completed", [])
    assert shown_outputs(taped.scripted)[0].startswith("Error: The arguments must be JSON")
    assert taped.record(run).calls.count() == 1


def test_results_are_recorded_without_their_citations(
    taped: Taped, tape: Tape, searches: list[str]
) -> None:
    run = taped.run(taped.thread(), search("rain"), Reply(text="Rain."))
    Citation.objects.filter(thread=run.thread, place=0).delete()
    replayed = taped.replay(taped.record(run), search("rain"), Reply(text="Rain."), search="tape")
    rows = Citation.objects.filter(thread=replayed.thread).order_by("place")
    assert [(row.place, row.quote) for row in rows] == [(0, "It rains."), (1, "It pours.")]
