"""What is read of runs for their checks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Message, ProviderCall, Run, Thread
from assistants_app.queries.checks.graded_runs import graded_runs
from assistants_app.services.checks.samples import sample_of_runs
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run


def say(cast: Cast, role: str, text: str, run: Run | None = None) -> Message:
    values: dict[str, Any] = {"run_id": run.id} if run else {}
    return Message.objects.create(
        thread=cast.thread, role=role, content=[text_part(text)], **values
    )


def ended_run(cast: Cast) -> Run:
    now = timezone.now()
    return make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        status="completed",
        started_at=now - timedelta(seconds=5),
        completed_at=now,
    )


def test_messages_after_the_graded_reply_are_left_out(cast: Cast) -> None:
    say(cast, "user", "One?")
    first = ended_run(cast)
    say(cast, "assistant", "1", first)
    say(cast, "user", "Two?")
    second = ended_run(cast)
    say(cast, "assistant", "2", second)
    sample = sample_of_runs([first])
    assert [message["text"] for message in sample.messages] == ["Secret", "One?", "1"]
    assert (sample.text, sample.error) == ("1", "")
    # Whatever the order in which they are given.
    assert sample_of_runs([second, first]).text == "2"


def test_the_first_request_to_the_model_counts(cast: Cast) -> None:
    run = ended_run(cast)
    now = timezone.now()
    for seconds in (3, 2):
        at = now - timedelta(seconds=seconds)
        ProviderCall.objects.create(run=run, model="m", started_at=at, ended_at=now)
    assert graded_runs([run]).departures == {run.id: now - timedelta(seconds=3)}


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    runs = []
    for number in range(6):
        runs.append(ended_run(cast))
        say(cast, "assistant", str(number), runs[-1])
    with CaptureQueriesContext(
        connection,
    ) as few:
        graded_runs(runs[:1])
    with CaptureQueriesContext(connection) as many:
        graded_runs(runs)
    assert len(many) == len(few) <= 4


def test_runs_of_several_threads_are_not_graded_together(cast: Cast) -> None:
    other = make_run(cast.project, Thread.objects.create(project=cast.project), cast.assistant)
    with pytest.raises(ValueError, match="one thread"):
        graded_runs([cast.run, other])
