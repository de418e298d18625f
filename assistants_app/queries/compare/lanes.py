"""Reads of what the lanes of a comparison do, with the same number of queries for any of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q

from assistants_app.domain import run_status
from assistants_app.domain.compare.shared_calls import WaitingCall
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import ComparisonLane, Message, Run, RunStep, Thread
from assistants_app.models.compare.snapshots import LaneState, SeenComparison
from assistants_app.queries.runs.runs import steps_of_runs
from assistants_app.queries.runs.tapes import question_before, runs_to_record


def lane_states(seen: SeenComparison) -> list[LaneState]:
    """Return the state of each lane, in the order of the columns."""
    lanes = seen.lanes
    threads = Thread.objects.filter(project=seen.comparison.project_id, pk__in=_threads(lanes))
    there = set(threads.values_list("pk", flat=True))
    runs = _newest_runs(seen)
    steps: dict[str, list[RunStep]] = {}
    for step in steps_of_runs({run.id for run in runs.values()}):
        steps.setdefault(step.run_id, []).append(step)
    written = _written(seen, runs)
    states = [
        _state(lane, lane.thread_id in there, runs.get(lane.thread_id), steps, written)
        for lane in lanes
    ]
    return _with_places(seen, states) if seen.comparison.source_run_id else states


def _with_places(seen: SeenComparison, states: Sequence[LaneState]) -> list[LaneState]:
    recorded = _recorded_runs(seen)
    rows = Run.objects.filter(thread_id__in=_threads(seen.lanes)).order_by()
    counts = dict(rows.values_list("thread_id").annotate(Count("pk")))

    def with_place(state: LaneState) -> LaneState:
        # A recorded column begins with a copy of the run, the others with a run of their own.
        own = counts.get(state.lane.thread_id, 0)
        place = own if seen.column_of(state.lane).column.recorded else own - 1
        known = 0 <= place < len(recorded)
        return replace(state, place=place, repeats=recorded[place] if known else "")

    return [with_place(state) for state in states]


def _recorded_runs(seen: SeenComparison) -> list[str]:
    """Return the IDs of the run that the comparison repeats, and of those after it."""
    comparison = seen.comparison
    source = Run.objects.filter(project=comparison.project_id, pk=comparison.source_run_id).first()
    return runs_to_record(source) if source else []


def next_question(seen: SeenComparison, states: Sequence[LaneState]) -> str:
    """Return what the recorded conversation went on with after the last message of the columns, or
    "" if it is unknown.
    """
    if not seen.comparison.source_run_id:
        return ""
    recorded = _recorded_runs(seen)
    place = max((state.place for state in states), default=-1) + 1
    return (
        question_before(recorded[place], recorded[place - 1]) if 0 < place < len(recorded) else ""
    )


def _state(
    lane: ComparisonLane,
    exists: bool,
    run: Run | None,
    steps: dict[str, list[RunStep]],
    written: dict[str, list[Any]],
) -> LaneState:
    own = steps.get(run.id, []) if run else []
    return LaneState(lane, exists, run, own, written.get(lane.thread_id, []))


def _threads(lanes: Sequence[ComparisonLane]) -> list[str]:
    return [lane.thread_id for lane in lanes]


def _newest_runs(seen: SeenComparison) -> dict[str, Run]:
    """Return the newest run of each thread. A recorded column begins with a copy of one."""
    threads = _threads(seen.lanes)
    found = Run.objects.filter(thread_id__in=threads).order_by("thread_id", "-pk")
    runs = {run.thread_id: run for run in found.distinct("thread_id")}
    recorded = [column for column in seen.columns if column.column.recorded]
    if not recorded:
        return runs
    project_id = seen.comparison.project_id
    source = Run.objects.filter(project=project_id, pk=seen.comparison.source_run_id).first()
    copies = {lane.thread_id: source for column in recorded for lane in column.lanes if source}
    return {**copies, **runs}


def _written(seen: SeenComparison, runs: dict[str, Run]) -> dict[str, list[Any]]:
    # Of a recorded column, the copies are there even if the run was deleted.
    recorded = {
        lane.thread_id: seen.comparison.source_run_id
        for column in seen.columns
        if column.column.recorded
        for lane in column.lanes
    }
    newest = {**recorded, **{thread_id: run.id for thread_id, run in runs.items()}}
    ids = set(newest.values())
    rows = Message.objects.filter(
        Q(run_id__in=ids) | Q(copied_run_id__in=ids),
        thread_id__in=_threads(seen.lanes),
        role="assistant",
    )
    written: dict[str, list[Any]] = {}
    columns = ("thread_id", "run_id", "copied_run_id", "content")
    for thread_id, run_id, copied_run_id, content in rows.order_by("pk").values_list(*columns):
        # Forks have copies of earlier answers, too.
        if newest.get(thread_id) in (run_id, copied_run_id):
            written.setdefault(thread_id, []).append(content)
    return written


def waiting_calls(states: Sequence[LaneState]) -> list[WaitingCall]:
    """Return the function calls that lanes wait for, as they were read."""
    return [
        WaitingCall(
            state.lane.key, call["id"], call["function"]["name"], call["function"]["arguments"]
        )
        for state in states
        for call in _open_calls(state)
    ]


def _open_calls(state: LaneState) -> list[dict[str, Any]]:
    if state.run is None or state.run.status != run_status.REQUIRES_ACTION:
        return []
    calls = (state.run.required_action or {})["submit_tool_outputs"]["tool_calls"]
    return [call for call in calls if call["type"] == FUNCTION]
