"""Calls of judges in the trace of the run that they judge."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from assistants_app.models import DirectCall, JudgeCall
from assistants_app.queries.checks.judge_calls import SHOWN
from tests.cast import Cast
from tests.web.pages import signed_in

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOSTILE = "</code><script>alert(1)</script>"


def judged(cast: Cast, kind: str = "judge_rubric", **response: Any) -> JudgeCall:
    call = DirectCall.objects.create(
        project=cast.project,
        kind="judge",
        model="gpt-judge",
        origin="judge",
        created_at=NOON,
        ended_at=NOON + timedelta(seconds=2),
        usage={"prompt_tokens": 1000, "completion_tokens": 34},
        cost=Decimal("0.0125"),
    )
    return JudgeCall.objects.create(
        run=cast.run,
        call=call,
        check_kind=kind,
        started_at=NOON,
        request={"body": {"messages": [{"role": "user", "content": HOSTILE}]}},
        response=response,
    )


def trace(cast: Cast) -> str:
    address = reverse("run_trace", args=[cast.project.id, cast.run.id])
    return signed_in(cast.vera).get(address).content.decode()


def test_the_trace_shows_what_a_judge_was_asked_and_answered(cast: Cast) -> None:
    assert "Judge calls" not in trace(cast)
    judged(cast, message={"role": "assistant", "content": f"Yes. {HOSTILE}"})
    page = trace(cast)
    for words in ("Judge: yes or no", "gpt-judge", "2.00 s", "1,034 tokens", "$0.0125", "Yes."):
        assert words in page
    assert HOSTILE not in page


def test_a_call_without_an_answer_says_why(cast: Cast) -> None:
    judged(cast, "kind_of_old", error="The endpoint is overloaded.", message="cut")
    page = trace(cast)
    assert "kind_of_old" in page
    assert "The endpoint is overloaded." in page


def test_only_the_newest_calls_are_shown(cast: Cast) -> None:
    for number in range(SHOWN + 1):
        judged(cast, message={"content": f"Answer {number}."})
    page = trace(cast)
    assert "Answer 0." not in page
    assert f"Answer {SHOWN}." in page
