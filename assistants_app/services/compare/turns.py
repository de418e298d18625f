"""Send messages to all columns, answer the calls that they wait for, and stop them."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain import limits, run_status
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tools import FUNCTION
from assistants_app.domain.words.written import written_text
from assistants_app.models import Comparison, ComparisonLane, Project, Run, Thread
from assistants_app.queries.sealing import reading_everything
from assistants_app.services.act import act
from assistants_app.services.compare.comparisons import REQUESTER, lock_comparison
from assistants_app.services.money.checks import require_means
from assistants_app.services.runs import requests as runs
from assistants_app.services.runs.frozen import insert_frozen_run
from assistants_app.services.runs.room import require_room_for_runs
from assistants_app.services.space import require_space
from assistants_app.wire.runs.runs import ToolOutputsParams
from assistants_app.wire.threads.messages import MessageCreateParams, content_parts
from assistants_app.wire.validation import parse

LATE = "Someone else has answered, or the run has ended."
"""Why a lane takes no outputs: it doesn't wait for them any more."""


@act(require_space, require_means)
def send_to_columns(
    *,
    project: Project,
    comparison_id: str,
    params: MessageCreateParams,
    variables: Mapping[str, Mapping[str, Any]] | None = None,
    on_tape: bool = True,
) -> Comparison:
    """Add a message to the threads of all columns, and let each answer it. All or none get it.

    `variables`: values of variables, by the keys of columns. `on_tape`: answer calls from the
    comparison's tape, if it has one.

    Raises :class:`NotFound`, :class:`InvalidRequest` while a column still answers the message
    before, and :class:`ApiError` without room for all runs.
    """
    # Locked first, so that two messages at once reach all columns in the same order.
    comparison = lock_comparison(project, comparison_id)
    lanes = _lanes(comparison)
    threads = _lock_threads(project, lanes)
    if not threads:
        raise InvalidRequest("The threads of this comparison were deleted. Create another one.")
    active = Run.objects.filter(thread__in=threads, status__in=run_status.ACTIVE)
    if active.exists():
        raise InvalidRequest(
            "A column is still answering. Wait until it's done, answer its calls, or stop it."
        )
    require_room_for_runs(project, len(threads))
    tape = comparison.tape if on_tape else None
    for lane in lanes:
        if thread := threads.get(lane.thread_id):
            frozen = FrozenConfiguration.from_json(lane.column.configuration)
            values = (variables or {}).get(lane.column.key)
            insert_frozen_run(project, thread, frozen, REQUESTER, [params], values, tape)
    if not comparison.title:
        comparison.title = _title_of(params)
        comparison.save(update_fields=["title"])
    return comparison


def _lanes(comparison: Comparison) -> list[ComparisonLane]:
    # Threads are locked in the order of their IDs, so that no two requests wait for each other.
    lanes = ComparisonLane.objects.filter(column__comparison=comparison)
    return list(lanes.select_related("column").order_by("thread_id"))


def _lock_threads(project: Project, lanes: list[ComparisonLane]) -> dict[str, Thread]:
    ids = [lane.thread_id for lane in lanes]
    rows = Thread.objects.select_for_update(no_key=True).filter(project=project, pk__in=ids)
    return {thread.id: thread for thread in rows.order_by("pk")}


def _title_of(params: MessageCreateParams) -> str:
    text = " ".join(written_text(content_parts(params.content)).split())
    most = limits.COMPARISON_TITLE
    return text if len(text) <= most else f"{text[: most - 1]}…"


@act()
def answer_columns(
    *, project: Project, comparison_id: str, outputs: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Submit the outputs of lanes, by lane and call, so that these lanes go on.

    Return the reasons why lanes refused theirs, by lane, such as `LATE`. Raises :class:`NotFound`.
    """
    # Locked first: of two people who answer at once, one answers all columns, or some columns would
    # go on with the output of one and some with that of the other.
    comparison = lock_comparison(project, comparison_id)
    refused: dict[str, str] = {}
    for lane, run in _newest_runs(comparison):
        if lane.key not in outputs:
            continue
        given = outputs[lane.key]
        if run.status != run_status.REQUIRES_ACTION:
            if not _has_outputs(run, given):
                refused[lane.key] = LATE
            continue
        rows = [{"tool_call_id": call_id, "output": output} for call_id, output in given.items()]
        try:
            runs.put_outputs(run, parse(ToolOutputsParams, {"tool_outputs": rows}))
        except InvalidRequest as error:
            refused[lane.key] = error.message
    return refused


def _newest_runs(comparison: Comparison) -> list[tuple[ComparisonLane, Run]]:
    # Locked in the order of their IDs, so that no two requests wait for each other.
    lanes = {lane.thread_id: lane for lane in _lanes(comparison)}
    newest = Run.objects.filter(thread_id__in=lanes).order_by("thread_id", "-pk")
    ids = list(newest.distinct("thread_id").values_list("pk", flat=True))
    rows = Run.objects.select_for_update(no_key=True).filter(pk__in=ids)
    return [(lanes[run.thread_id], run) for run in rows.order_by("pk")]


def _has_outputs(run: Run, outputs: Mapping[str, str]) -> bool:
    """Return whether the calls have these outputs already, as after the first of two clicks."""
    steps = run.steps.filter(type="tool_calls").values_list("step_details", flat=True)
    there = {
        call["id"]: call["function"]["output"]
        for details in steps
        for call in details["tool_calls"]
        if call["type"] == FUNCTION and call["id"] in outputs
    }
    return there == dict(outputs)


def stop_columns(*, project: Project, comparison_id: str, lane: str = "") -> None:
    """Cancel the runs of all lanes, or of this one. One that has ended meanwhile stays as it is."""
    for each, run_id in _active_runs(project, comparison_id):
        if lane in ("", each.key):
            try:
                with reading_everything():
                    runs.cancel_run(project=project, thread_id=each.thread_id, run_id=run_id)
            except (InvalidRequest, NotFound):
                continue


def _active_runs(project: Project, comparison_id: str) -> list[tuple[ComparisonLane, str]]:
    lanes = ComparisonLane.objects.filter(
        column__comparison_id=comparison_id, column__comparison__project=project
    )
    by_thread = {lane.thread_id: lane for lane in lanes}
    rows = Run.objects.filter(thread_id__in=by_thread, status__in=run_status.ACTIVE)
    return [(by_thread[run.thread_id], run.id) for run in rows.order_by("pk")]
