"""The line that a run leaves in its thread: what it says, and where it stands."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.models import Run
from assistants_app.queries.threads.spans import END, read_part
from assistants_app.rendering.threads.items import render_items
from assistants_app.wire.runs.steps import tool_calls_details
from tests.cast import Cast, make_run
from tests.queries.threads.conversations import CALL, add_step, ask, reply

ROW = re.compile(r'<(?:article|p|div) class="msg[^"]*"\s+id="([^"]+)"')


def end(cast: Cast, status: str, **columns: object) -> Run:
    return make_run(cast.project, cast.thread, cast.assistant, status=status, **columns)


def html_of(cast: Cast) -> str:
    return " ".join(render_items(read_part(cast.thread, END), {}).split())


@pytest.mark.parametrize(
    ("status", "columns", "said"),
    [
        ("failed", {"last_error": {"code": "server_error", "message": "No."}}, ">No.<"),
        ("failed", {"last_error": {"code": "rate_limit_exceeded", "message": "S"}}, "rate_limit"),
        ("expired", {}, "Run expired"),
        ("cancelled", {}, "Run stopped"),
        ("incomplete", {"incomplete_reason": "max_completion_tokens"}, "max_completion_tokens"),
    ],
)
def test_the_line_stays_when_the_next_run_begins(
    cast: Cast, status: str, columns: dict[str, object], said: str
) -> None:
    asked = ask(cast)
    now = timezone.now()
    if status in ("failed", "cancelled"):
        run = end(cast, status, **columns, **{f"{status}_at": now})
    else:
        run = end(cast, status, **columns)
        add_step(run, tool_calls_details([CALL]), status="expired", expired_at=now)
    later = reply(cast)
    html = html_of(cast)
    rows = ROW.findall(html)
    assert rows.index(asked.id) < rows.index(f"end-{run.id}") < rows.index(later.id)
    line = html[html.index(f'id="end-{run.id}"') :]
    line = line[: line.index("</p>")]
    assert said in line
    assert f"{now:%H:%M} UTC" in line
    assert "<b>Run " in line


def test_the_line_is_below_everything_of_its_run(cast: Cast) -> None:
    # By a clock that is late, the run ended before its last step began.
    run = end(cast, "failed", failed_at=timezone.now() - timedelta(seconds=9))
    step = add_step(run, tool_calls_details([CALL]), status="failed")
    assert ROW.findall(html_of(cast))[-2:] == [step.id, f"end-{run.id}"]


def test_only_runs_that_ended_early_and_had_their_turn_leave_a_line(cast: Cast) -> None:
    end(cast, "cancelled", waits={"messages": [], "first": False})
    end(cast, "in_progress")
    reply(cast)
    assert "run-end" not in html_of(cast)
