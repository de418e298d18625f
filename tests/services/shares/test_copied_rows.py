"""The model of a copied thread knows what the tools answered, and goes on from there."""

from decimal import Decimal
from typing import Any

import pytest

from assistants_app.domain.search import SearchHit
from assistants_app.engine.history import newest_rows
from assistants_app.engine.past_calls import step_as_chat
from assistants_app.models import Citation, Message, Run, RunStep, Thread
from assistants_app.queries.project.usage import usage_report
from assistants_app.queries.runs.citations import next_number
from assistants_app.queries.shares.rows import shared_rows
from assistants_app.services.runs.citations import save_citations
from assistants_app.services.runs.code_sessions import record_session
from assistants_app.services.shares.forks import fork_shared_thread
from assistants_app.services.threads.forks import fork_thread
from assistants_app.tools.code_interpreter.words import IN_OTHER_THREAD, words_for_model
from assistants_app.tools.file_search.words import words_for_model as words_of_search
from assistants_app.wire.runs.steps import (
    RESULT,
    code_call,
    code_result,
    function_call,
    logs_output,
    message_creation_details,
    search_call,
    search_result,
    tool_calls_details,
)
from assistants_app.wire.shares import Hides, snapshot
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run


class Conversation:
    """Writes questions, calls and replies into a thread, as a run would."""

    def __init__(self, cast: Cast) -> None:
        self._cast, self.thread = cast, Thread.objects.create(project=cast.project)
        self.run = self.ask("First?")

    def ask(self, text: str) -> Run:
        Message.objects.create(thread=self.thread, role="user", content=[text_part(text)])
        cast = self._cast
        self.run = make_run(cast.project, self.thread, cast.assistant, status="completed")
        return self.run

    def call(self, call: dict[str, Any], shown: str = "", status: str = "completed") -> None:
        details = tool_calls_details([call])
        self._step(details, status, shown_to_model={call["id"]: shown} if shown else {})

    def search(self, *quotes: str) -> list[Citation]:
        hits = [
            SearchHit(
                file_id=f"file-{place}",
                filename=f"{place}.txt",
                text=quote,
                score=0.5,
                start=0,
                end=len(quote),
                page=place or None,
                heading="",
                attributes={},
                chunk_id=1,
                store_id="vs_1",
                index=0,
            )
            for place, quote in enumerate(quotes)
        ]
        found = save_citations(run=self.run, hits=hits)
        results = [search_result(one) for one in found]
        call = search_call("call_s", query="q", ranker="r", score_threshold=0.0, results=results)
        self.call(call, words_of_search(found))
        return found

    def reply(self, text: str) -> None:
        message = Message.objects.create(
            thread=self.thread, role="assistant", content=[text_part(text)], run_id=self.run.id
        )
        self._step(message_creation_details(message.id), "completed")

    def _step(self, details: dict[str, Any], status: str, **columns: Any) -> None:
        RunStep.objects.create(
            run=self.run,
            thread_id=self.thread.id,
            assistant_id="a",
            type=details["type"],
            status=status,
            step_details=details,
            **columns,
        )


def copy_of(cast: Cast, thread: Thread) -> Thread:
    shown, _ = snapshot(shared_rows(thread), title="", hides=Hides())
    return fork_shared_thread(project=cast.other_project, shown=shown, ids={}, stored={})


def prompt_of(cast: Cast, thread: Thread) -> list[Any]:
    """Return what a new run of the thread is shown, oldest first, without the IDs of calls."""
    run = make_run(thread.project, thread, cast.assistant, status="in_progress")
    prompt: list[Any] = []
    for row in reversed(list(newest_rows(run))):
        if isinstance(row, RunStep):
            request, *results = step_as_chat(row)
            prompt.append([call["function"] for call in request["tool_calls"]])
            prompt += [result["content"] for result in results]
        else:
            prompt.append([part["text"]["value"] for part in row.content])
    run.delete()
    return prompt


@pytest.fixture
def told(cast: Cast) -> Conversation:
    made = Conversation(cast)
    made.call(function_call("call_f", "get_weather", '{"city": "Oslo"}', "Sunny"))
    made.reply("Let me compute.")
    code = code_call("call_c", "print(1)", [logs_output("1\n")])
    result = code_result("ok")
    made.call({**code, RESULT: result}, words_for_model([logs_output("1\n")], result))
    made.reply("It is 1.")
    made.ask("Second?")
    made.call(function_call("call_g", "broken", "{}", None), status="cancelled")
    return made


def test_the_model_sees_what_the_original_saw(cast: Cast, told: Conversation) -> None:
    [first] = told.search("First quote")
    told.reply("I found it.")
    told.ask("Third?")
    told.search("Second quote", "Third quote")
    told.reply(f"As said {first.mark}.")
    original = prompt_of(cast, told.thread)
    assert "Sunny" in original
    assert len(original) == 15
    copy = copy_of(cast, told.thread)
    assert prompt_of(cast, copy) == original
    # Also after the origin is gone, and in forks of the copy and in copies of those.
    told.thread.delete()
    assert prompt_of(cast, copy) == original
    fork = fork_thread(project=copy.project, thread_id=copy.id)
    with_note = [f"{item}\n{IN_OTHER_THREAD}" if item == "1" else item for item in original]
    assert prompt_of(cast, fork) == with_note


def test_searches_keep_the_numbers_by_which_replies_cite_them(
    cast: Cast, told: Conversation
) -> None:
    found = [told.search("A", "B"), told.search("A", "B"), told.search("C")]
    told.reply(f"{found[1][1].mark} and {found[2][0].mark}, and made up 【7:0†x.txt】.")
    copy = copy_of(cast, told.thread)
    rows = Citation.objects.filter(thread=copy).order_by("number", "place")
    assert [(row.number, row.place, row.quote, row.page) for row in rows] == [
        *((0, 0, "A", None), (0, 1, "B", 1)),
        *((1, 0, "A", None), (1, 1, "B", 1)),
        (2, 0, "C", None),
    ]
    # A file has one ID, which is no file's.
    assert len({row.file_id for row in rows}) == 2
    assert next_number(copy.id) == 3


def test_calls_without_a_result_are_shown_to_people_alone(cast: Cast, told: Conversation) -> None:
    told.reply("That didn't work.")
    copy = copy_of(cast, told.thread)
    steps = RunStep.objects.filter(thread_id=copy.id, type="tool_calls").order_by("pk")
    assert [step.status for step in steps] == ["completed", "completed", "cancelled"]
    assert all(step.ended_at for step in steps)
    assert "broken" not in str(prompt_of(cast, copy))


def test_the_first_session_of_a_copy_is_announced_as_new(cast: Cast, told: Conversation) -> None:
    copy = copy_of(cast, told.thread)
    run = make_run(copy.project, copy, cast.assistant)
    assert record_session(run=run, new=True)
    plain = Conversation(cast)
    plain.reply("No code.")
    copy = copy_of(cast, plain.thread)
    run = make_run(copy.project, copy, cast.assistant)
    assert not record_session(run=run, new=True)


def test_only_replies_with_calls_have_runs(cast: Cast, told: Conversation) -> None:
    told.reply("Never mind.")
    told.ask("And without tools?")
    told.reply("No.")
    copy = copy_of(cast, told.thread)
    runs = list(Run.objects.filter(thread=copy).order_by("pk"))
    assert [(run.origin, run.status, run.recorded, run.assistant_id) for run in runs] == [
        ("share", "completed", True, "")
    ] * 2
    replies = Message.objects.filter(thread=copy, role="assistant").order_by("pk")
    assert [reply.run_id for reply in replies] == [
        *(runs[0].id, runs[0].id, runs[1].id),
        None,
    ]


def test_a_copy_costs_nothing(cast: Cast, told: Conversation) -> None:
    copy = copy_of(cast, told.thread)
    run = Run.objects.filter(thread=copy)[0]
    day = run.created_at.date()
    assert usage_report(cast.other_project, day, day).whole.runs == 0
    assert run.cost == Decimal(0)
    assert run.cost_origin == "unused"
