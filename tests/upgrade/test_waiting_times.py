"""Steps from before migration 0023 get the time at which their runs began to wait."""

from datetime import timedelta
from importlib import import_module

from django.db import connection

from assistants_app.models import RunStep
from assistants_app.wire.runs.steps import (
    BY_MOCK,
    RESULT,
    code_result,
    function_call,
    message_creation_details,
    tool_calls_details,
)
from tests.cast import Cast
from tests.web.threads.logged_runs import call_for, step_of

FILL = import_module("assistants_app.migrations.0023_waiting_times").FILL
CALL = function_call("call_1", "get_time", "{}", "noon")
MOCKED = {**CALL, RESULT: code_result(BY_MOCK)}


def test_old_steps_say_since_when_they_waited(cast: Cast) -> None:
    asked = step_of(cast.run, tool_calls_details([CALL]), 0, 9)
    call_for(asked, 2)
    unrecorded = step_of(cast.run, tool_calls_details([MOCKED, CALL]), 9, 20)
    others = [
        step_of(cast.run, tool_calls_details([MOCKED]), 20, 21),
        step_of(cast.run, message_creation_details("msg_1"), 21, 22),
    ]
    with connection.cursor() as cursor:
        cursor.execute(FILL)
    waits = dict(RunStep.objects.filter(run=cast.run).values_list("pk", "waits_since"))
    assert waits[asked.pk] == cast.run.created_at + timedelta(seconds=2)
    assert waits[unrecorded.pk] == unrecorded.created_at
    assert [waits[step.pk] for step in others] == [None, None]
