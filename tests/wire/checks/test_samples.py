"""Recorded runs as checks look at them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from assistants_app.domain.checks.sample import Cited, CodeRun, MadeFile, ToolUse, Turn
from assistants_app.models import Message, Run, RunStep
from assistants_app.models.checks.snapshots import GradedRuns
from assistants_app.wire.checks.samples import plain_text, sample_of
from assistants_app.wire.runs.steps import (
    RESULT,
    code_call,
    code_result,
    function_call,
    image_output,
    logs_output,
    made_file,
    search_call,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import file_citation, refusal_part, text_part

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MARK = "【0:1†Climate of Oslo.pdf】"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def run(run_id: str = "run_1", **columns: Any) -> Run:
    values: dict[str, Any] = {
        "status": "completed",
        "started_at": after(1),
        "completed_at": after(11),
        "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        "cost": Decimal("0.25"),
    }
    return Run(id=run_id, thread_id="thread_1", created_at=NOON, **{**values, **columns})


def message(role: str, *content: dict[str, Any], run_id: str = "") -> Message:
    return Message(role=role, content=list(content), **{"run_id": run_id} if run_id else {})


def step(*calls: dict[str, Any], run_id: str = "run_1", **columns: Any) -> RunStep:
    details = tool_calls_details(list(calls))
    return RunStep(run_id=run_id, type="tool_calls", step_details=details, **columns)


def cited(text: str) -> dict[str, Any]:
    part = text_part(text + MARK)
    start, end = len(text), len(text + MARK)
    source = {"quote": "21 °C in July", "page": 3, "score": 0.5}
    part["text"]["annotations"] = [file_citation(MARK, start, end, "file-1", **source)]
    return part


def rows(
    runs: Sequence[Run],
    messages: Sequence[Message] = (),
    steps: Sequence[RunStep] = (),
    departures: dict[str, datetime] | None = None,
) -> GradedRuns:
    return GradedRuns(runs, steps, messages, departures or {})


def test_the_text_is_the_last_message_without_marks() -> None:
    messages = [
        message("user", text_part("How warm is Oslo?")),
        message("assistant", text_part("Let me look."), run_id="run_1"),
        message("assistant", cited("It is 21 °C. "), run_id="run_1"),
    ]
    sample = sample_of(rows([run()], messages))
    assert sample.text == "It is 21 °C."
    assert sample.turns == (Turn("How warm is Oslo?", "It is 21 °C."),)
    assert [each["role"] for each in sample.messages] == ["user", "assistant", "assistant"]
    assert sample.citations == (Cited("file-1", "Climate of Oslo.pdf", 3, "21 °C in July"),)


def test_a_mark_that_cites_nothing_stays_in_the_text() -> None:
    assert plain_text([text_part(f"As in {MARK}")]) == f"As in {MARK}"
    shifted = cited("It is 21 °C.")
    shifted["text"]["annotations"][0]["start_index"] = 0
    assert plain_text([shifted]) == f"It is 21 °C.{MARK}"


def test_turns_are_those_of_the_runs() -> None:
    messages = [
        message("user", text_part("Hi.")),
        message("assistant", text_part("Earlier."), run_id="run_0"),
        message("user", text_part("One?")),
        message("user", text_part("Please.")),
        message("assistant", text_part("1"), run_id="run_1"),
        message("user", text_part("Two?")),
        message("assistant", text_part("2"), run_id="run_2"),
    ]
    whole = sample_of(rows([run(), run("run_2")], messages))
    assert whole.turns == (Turn("One?\n\nPlease.", "1"), Turn("Two?", "2"))
    assert (whole.text, whole.cost, whole.duration_seconds) == ("2", 0.5, 20.0)
    assert whole.usage == {"prompt_tokens": 20, "completion_tokens": 10}
    first = sample_of(rows([run()], messages[:5]))
    assert (first.text, first.turns) == ("1", (Turn("One?\n\nPlease.", "1"),))


def test_calls_of_tools_have_arguments_and_outputs() -> None:
    code = code_call("call_2", "print(1)", [logs_output("1\n"), image_output("file-9")])
    code[RESULT] = code_result(
        "ok", files=[made_file("days.csv", 7, "file-8"), made_file("empty.txt", 0, None, "empty")]
    )
    search = search_call("call_3", query="Oslo", ranker="auto", score_threshold=0, results=[])
    steps = [
        step(
            function_call("call_1", "get_weather", '{"city": "Oslo"}', '{"degrees": 21}'),
            function_call("call_4", "broken", '{"city"', None),
        ),
        step(code, search, shown_to_model={"call_3": "A chunk."}),
    ]
    sample = sample_of(rows([run()], steps=steps))
    assert sample.calls == (
        ToolUse("get_weather", {"city": "Oslo"}, '{"degrees": 21}'),
        ToolUse("broken", '{"city"', ""),
        ToolUse("code_interpreter", {"code": "print(1)"}, "1\n"),
        ToolUse("file_search", {"query": "Oslo"}, "A chunk."),
    )
    assert sample.code_runs == (CodeRun("print(1)", "ok", "1\n"),)
    assert sample.files == (MadeFile("days.csv", 7), MadeFile("figure.png"))


def test_times_begin_when_the_request_leaves_and_leave_waiting_out() -> None:
    steps = [
        step(
            first_token_at=after(4),
            waits_since=after(5),
            completed_at=after(9),
        )
    ]
    sample = sample_of(rows([run()], steps=steps, departures={"run_1": after(2)}))
    assert (sample.first_token_seconds, sample.duration_seconds) == (2.0, 5.0)
    unrecorded = sample_of(rows([run()], steps=steps))
    assert (unrecorded.first_token_seconds, unrecorded.duration_seconds) == (3.0, 6.0)


def test_what_is_unknown_is_none() -> None:
    sample = sample_of(rows([run(cost=None, started_at=None)]))
    assert (sample.cost, sample.first_token_seconds, sample.duration_seconds) == (None, None, None)
    assert (sample.text, sample.turns) == ("", (Turn("", ""),))


def test_an_incomplete_reply_is_graded_and_a_failed_run_is_an_error() -> None:
    replies = [message("assistant", text_part("It is"), run_id="run_1")]
    cut = run(status="incomplete", completed_at=None)
    sample = sample_of(rows([cut], replies, [step(completed_at=after(3))]))
    assert (sample.error, sample.text, sample.duration_seconds) == ("", "It is", 2.0)
    failed = run(status="failed", last_error={"code": "server_error", "message": "Overloaded."})
    assert sample_of(rows([failed])).error == "Overloaded."
    assert sample_of(rows([run(status="failed", last_error=None)])).error == "The run failed."
    assert sample_of(rows([run(status="expired")])).error == "The run expired."
    assert "waits" in sample_of(rows([run(status="requires_action")])).error
    assert "hasn't ended" in sample_of(rows([run(status="in_progress")])).error


def test_a_refusal_is_marked() -> None:
    replies = [message("assistant", refusal_part("I can't."), run_id="run_1")]
    sample = sample_of(rows([run()], replies))
    assert (sample.refusal, sample.text) == ("I can't.", "I can't.")
