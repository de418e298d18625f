"""The page of a thread: it is complete, and rendered from its snapshot without a query."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from assistants_app.models import FunctionMock, Run
from assistants_app.queries.threads.state import logged_run, thread_runs, thread_snapshot
from assistants_app.rendering.runs.trace import trace_context
from assistants_app.rendering.threads.changes import PanelChanges
from assistants_app.rendering.threads.live import panel_operations, whole_state
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.queries.threads.conversations import ask, reply, waiting_run

AssertQueries = Callable[[int], AbstractContextManager[Any]]


def failed_run(cast: Cast) -> Run:
    error = {"code": "server_error", "message": "It broke."}
    return make_run(cast.project, cast.thread, cast.assistant, status="failed", last_error=error)


def queued_run(cast: Cast) -> Run:
    waits = {"messages": [{"role": "user", "content": [text_part("Later")]}], "first": False}
    return make_run(cast.project, cast.thread, cast.assistant, waits=waits)


@pytest.mark.parametrize(
    ("begin", "shown"),
    [
        (reply, "Because."),
        (failed_run, "It broke."),
        (waiting_run, "get_weather"),
        (queued_run, "Later"),
    ],
)
def test_rendering_takes_no_queries(
    cast: Cast, django_assert_num_queries: AssertQueries, begin: Callable[[Cast], Any], shown: str
) -> None:
    FunctionMock.objects.create(
        project=cast.project, assistant_id=cast.assistant.id, function="get_weather", definition={}
    )
    ask(cast, "Why?")
    reply(cast)
    begin(cast)
    snapshot, runs = thread_snapshot(cast.thread.id), thread_runs(cast.thread.id)
    logged = logged_run(cast.run)
    changed = PanelChanges(log=True, outcome=True)
    with django_assert_num_queries(0):
        operations = whole_state(snapshot, {})
        run_log, *panels = panel_operations(runs, changed)
        trace_context(logged, snapshot.messages, [])
    for told in ("Why?", "Secret.txt", shown):
        assert told in json.dumps(operations)
    # A frame redraws the panels as a reload does, except for the log's times, which continue.
    assert run_log["id"] == "run-log"
    assert panels == [item for item in operations if item["id"] in ("waiting", "outcome")]


@pytest.mark.parametrize(
    ("changed", "drawn"),
    [
        (PanelChanges(log=True), ["run-log", "waiting"]),
        (PanelChanges(outcome=True), ["outcome"]),
        (PanelChanges(), []),
    ],
)
def test_only_changed_panels_are_rendered(
    cast: Cast, changed: PanelChanges, drawn: list[str]
) -> None:
    waiting_run(cast)
    operations = panel_operations(thread_runs(cast.thread.id), changed)
    assert [operation["id"] for operation in operations] == drawn
