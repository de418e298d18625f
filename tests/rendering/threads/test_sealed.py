"""Cards of columns whose names are hidden, as they arrive live and as they are read."""

from typing import Any

from assistants_app.domain.tapes.steps import with_note
from assistants_app.rendering.threads.growing import GrowingStep
from assistants_app.rendering.tool_calls.cards import render_calls
from assistants_app.rendering.tool_calls.sealed import Look
from assistants_app.wire.runs.steps import (
    BY_TAPE,
    code_call,
    code_result,
    function_call,
    search_call,
    search_outcome,
    tool_calls_details,
)

FOUND = {
    "file_id": "file-a",
    "file_name": "a.txt",
    "score": 1.0,
    "page": 1,
    "mark": "【3:0†a.txt】",
}
CALLS = [
    {
        **function_call("call_1", "weather", "{}", "rain"),
        "result": with_note(code_result(BY_TAPE), {"position": 7, "drift": []}),
    },
    {
        **search_call("call_2", query="sky", ranker="auto", score_threshold=0.0, results=[FOUND]),
        "result": with_note(search_outcome("ok", ""), {"position": 8, "drift": []}),
    },
    {**code_call("call_3", "print(1)", []), "result": code_result("ok", seconds=0.5)},
]


def step(**more: Any) -> dict[str, Any]:
    return {
        "id": "step_1",
        "run_id": "run_1",
        "thread_id": "thread_1",
        "status": "completed",
        "last_error": None,
        "step_details": tool_calls_details(CALLS),
        **more,
    }


def test_a_bare_card_shows_the_tape_and_offers_nothing() -> None:
    html = render_calls(step(), "proj_1", look=Look.BARE)
    assert "Recorded call 8 answered." in html
    assert "thread_1/citations" in html
    for offered in ("Edit and run again", "data-run"):
        assert offered in render_calls(step(), "proj_1")
        assert offered not in html


def test_a_sealed_card_shows_what_happened_and_not_why() -> None:
    failed = {"code": "server_error", "message": "host reported an error"}
    html = render_calls(
        step(status="failed", last_error=failed), "proj_1", look=Look.SEALED, copied=True
    )
    for shown in ("weather", "rain", "a.txt", "print", "0.50 s"):
        assert shown in html
    for hidden in ("tape", "Recorded", "reported", "thread_1", "run_1", "original"):
        assert hidden not in html


def test_a_live_card_is_sealed_too() -> None:
    growing = GrowingStep("proj_1", step(status="in_progress"), Look.SEALED)
    assert "Recorded" not in growing.card()["html"]
    assert growing.end(step())["html"] == render_calls(step(), "proj_1", look=Look.SEALED)
