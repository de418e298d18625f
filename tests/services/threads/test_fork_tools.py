"""Forks keep what searches found and what code saved, and go on from there."""

from typing import Any

import pytest

from assistants_app.domain.errors import NotFound
from assistants_app.domain.search import SearchHit
from assistants_app.engine.annotated_text import AnnotatedText
from assistants_app.engine.annotations import Sources
from assistants_app.models import Citation, CodeSession, Message, Run, RunStep, SessionFile, Thread
from assistants_app.queries.runs.citations import citations_of_search, get_citation
from assistants_app.services.runs.citations import save_citations
from assistants_app.services.runs.code_sessions import record_session, record_session_of_person
from assistants_app.services.threads import forks
from assistants_app.wire.runs.steps import (
    code_call,
    message_creation_details,
    search_call,
    search_result,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import attachment, text_part
from tests.cast import Cast, make_run


def annotations_of(run: Run, text: str) -> list[dict[str, Any]]:
    """Return the annotations of a reply of the run."""
    written = AnnotatedText(Sources(run.thread_id))
    pieces = [*written.write(text), *written.end()]
    return [piece.annotation for piece in pieces if piece.annotation]


def add_step(run: Run, kind: str, details: dict[str, object]) -> None:
    RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id="a",
        type=kind,
        status="completed",
        step_details=details,
    )


def search(run: Run, quote: str) -> list[Citation]:
    """Store what a search of the run found, and the step that shows it."""
    hit = SearchHit(
        file_id="file-1",
        filename="a.txt",
        text=quote,
        score=0.5,
        start=0,
        end=len(quote),
        page=None,
        heading="",
        attributes={},
        chunk_id=1,
        store_id="vs_1",
        index=0,
    )
    found = save_citations(run=run, hits=[hit])
    results = [search_result(citation) for citation in found]
    call = search_call("call_s", query="q", ranker="r", score_threshold=0.0, results=results)
    add_step(run, "tool_calls", tool_calls_details([call]))
    return found


def reply(run: Run, text: str, **columns: object) -> Message:
    message = Message.objects.create(
        thread_id=run.thread_id,
        role="assistant",
        content=[text_part(text)],
        run_id=run.id,
        **columns,
    )
    add_step(run, "message_creation", message_creation_details(message.id))
    return message


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """A thread with two searches, of one run each; the second reply cites the first search too."""
    for quote in ("First", "Second"):
        run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
        [found] = search(run, quote)
        reply(run, f"{quote} {found.mark} and 【0:0†a.txt】.")
    return cast.thread


def fork(thread: Thread, message: Message | None = None) -> Thread:
    return forks.fork_thread(
        project=thread.project, thread_id=thread.id, message_id=message.id if message else None
    )


def new_run(cast: Cast, thread: Thread) -> Run:
    return make_run(cast.project, thread, cast.assistant, status="completed")


def quotes(thread: Thread) -> dict[tuple[int, int], str]:
    rows = Citation.objects.filter(thread=thread)
    return {(row.number, row.place): row.quote for row in rows}


BOTH = {(0, 0): "First", (1, 0): "Second"}


def test_a_fork_has_the_citations_and_numbers_go_on(cast: Cast, thread: Thread) -> None:
    made = fork(fork(thread))
    assert quotes(made) == BOTH
    [found] = search(new_run(cast, made), "Third")
    assert found.number == 2
    assert quotes(thread) == BOTH
    # Numbers of the origin don't matter to the fork, nor the other way round.
    assert search(new_run(cast, thread), "Other")[0].number == 2
    assert get_citation(cast.project, made.id, 2, 0).quote == "Third"


def test_a_fork_in_the_middle_has_only_what_its_model_is_shown(cast: Cast, thread: Thread) -> None:
    first = thread.messages.filter(role="assistant").order_by("pk").first()
    made = fork(thread, first)
    assert quotes(made) == {(0, 0): "First"}
    assert citations_of_search(made.id, 0).keys() == {0}
    assert citations_of_search(made.id, 1) == {}
    assert search(new_run(cast, made), "Third")[0].number == 1


def test_a_reply_of_a_fork_can_cite_a_search_from_before_it(cast: Cast, thread: Thread) -> None:
    made = fork(thread)
    thread.delete()
    [annotation] = annotations_of(new_run(cast, made), "As said 【1:0†a.txt】, not 【2:0†a.txt】.")
    assert annotation["file_citation"]["quote"] == "Second"
    # A fork of the fork no longer knows the searches, but its replies cite them.
    assert quotes(fork(made)) == BOTH


def test_forks_from_before_citations_were_copied_go_on_too(cast: Cast, thread: Thread) -> None:
    old = fork(thread)
    Citation.objects.filter(thread=old).delete()
    [annotation] = annotations_of(new_run(cast, old), "As said 【1:0†a.txt】.")
    assert annotation["file_citation"]["quote"] == "Second"
    assert get_citation(cast.project, old.id, 0, 0).quote == "First"
    run = new_run(cast, old)
    assert search(run, "Third")[0].number == 2
    reply(run, "Third, too.")
    assert quotes(fork(old)) == BOTH | {(2, 0): "Third"}
    with pytest.raises(NotFound):
        get_citation(cast.project, old.id, 7, 0)
    with pytest.raises(NotFound):
        get_citation(cast.other_project, old.id, 0, 0)


def test_own_citations_of_an_old_fork_win(cast: Cast, thread: Thread) -> None:
    old = fork(thread)
    Citation.objects.filter(thread=old).update(quote="Own")
    Citation.objects.filter(thread=old, number=1).delete()
    assert citations_of_search(old.id, 0)[0].quote == "Own"
    assert quotes(fork(old))[0, 0] == "Own"


def test_an_invented_mark_in_a_cleared_thread_cites_nothing(cast: Cast, thread: Thread) -> None:
    empty = forks.clear_thread(project=cast.project, thread_id=thread.id)
    assert annotations_of(new_run(cast, empty), "【0:0†a.txt】") == []
    assert search(new_run(cast, empty), "New")[0].number == 0


@pytest.fixture
def coded(cast: Cast) -> Thread:
    """A thread whose code saved a file, and whose session has another file that nobody got."""
    run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    record_session(run=run, new=True)
    add_step(run, "tool_calls", tool_calls_details([code_call("call_c", "x = 1", [])]))
    SessionFile.objects.create(
        thread=cast.thread, name="o.txt", file=cast.file, made_by_run_id=run.id
    )
    attached = [attachment(cast.file.id, "code_interpreter")]
    reply(run, "See [o](sandbox:/mnt/data/o.txt)", attachments=attached, has_attachments=True)
    return cast.thread


@pytest.mark.parametrize("by_person", [False, True])
def test_the_first_session_of_a_fork_is_announced_as_new(
    cast: Cast, coded: Thread, by_person: bool
) -> None:
    made = fork(fork(coded))
    assert not CodeSession.objects.filter(thread=made).exists()
    run = new_run(cast, made)
    if by_person:
        record_session_of_person(thread_id=made.id)
    assert record_session(run=run, new=not by_person)
    assert not record_session(run=run, new=False)
    before = coded.messages.order_by("pk").first()
    bare = fork(coded, before)
    assert not record_session(run=new_run(cast, bare), new=True)


def test_a_fork_can_link_to_files_that_code_has_saved(cast: Cast, coded: Thread) -> None:
    made = fork(fork(coded))
    [annotation] = annotations_of(new_run(cast, made), "Again: [o](sandbox:/mnt/data/o.txt)")
    assert annotation["file_path"]["file_id"] == cast.file.id
    before = coded.messages.order_by("pk").first()
    assert annotations_of(new_run(cast, fork(coded, before)), "[o](sandbox:/mnt/data/o.txt)") == []
