"""The page of a comparison: its columns, and what each person may see of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from redis.exceptions import RedisError

from assistants_app.domain import limits, run_status
from assistants_app.domain.compare.shared_calls import group_calls
from assistants_app.domain.compare.votes import votes_between
from assistants_app.domain.verdicts.votes import win_share
from assistants_app.events import log
from assistants_app.events.log import BEGINNING
from assistants_app.gateway.endpoints import endpoint_for
from assistants_app.models import ComparisonLane, Project, Thread
from assistants_app.models.compare.snapshots import LaneState, SeenComparison
from assistants_app.queries.assistants.assistants import living_assistants
from assistants_app.queries.compare.comparisons import ballots_of, see_comparison
from assistants_app.queries.compare.lanes import lane_states, next_question, waiting_calls
from assistants_app.queries.people.members import names_of_users
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.rendering.compare.calls import group_cards, lane_labels, signature_of
from assistants_app.rendering.compare.columns import (
    NO_ROWS,
    LaneRows,
    answer_of,
    authors_of,
    column_views,
)
from assistants_app.rendering.compare.lanes import STATE, look_of, operations_for
from assistants_app.rendering.text.diffs import render_text_changes
from assistants_app.rendering.threads.changes import Unfinished
from assistants_app.rendering.threads.items import render_bare_items
from assistants_app.rendering.threads.live import lane_state
from assistants_app.rendering.tool_calls.sealed import Look
from assistants_app.services.compare.keeping import last_replaced
from assistants_app.web.assistants.values import texts_in
from assistants_app.web.compare.values import values_context
from assistants_app.web.http import author_of, nothing, project_view
from assistants_app.web.threads.page import growing_bodies

NO_TEXTS: Mapping[str, str] = {}


@project_view("GET", verb="read")
def comparison(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Show the columns with their threads, one composer, and what belongs to all columns."""
    seen = see_comparison(project, comparison_id, author_of(request))
    # With their positions in the logs before the states: what changes a state later is sent to the
    # page, which loads the states again.
    look = look_of(blind=seen.comparison.blind)
    rows = {lane.key: _rows(lane, look) for lane in seen.lanes}
    states = lane_states(seen)
    context = {
        **state_context(request, project, seen, states, rows=rows),
        **composer_context(request, project, seen, states),
        "line_path": f"/ws/p/{project.id}/compare/{comparison_id}/",
        "takes_turns": not seen.masked and _share_one_slot(project, seen),
    }
    return render(request, "compare/page.html", context)


def composer_context(
    request: HttpRequest, project: Project, seen: SeenComparison, states: Sequence[LaneState]
) -> dict[str, Any]:
    """Return the context of an empty composer, or of one with how the recorded conversation goes
    on.
    """
    question = next_question(seen, states)
    return {
        "draft": question,
        "suggested": bool(question),
        "has_tape": seen.comparison.tape_id is not None,
        "on_tape": request.method == "GET" or bool(request.POST.get("tape")),
        **values_context(request, project, seen, states, texts_in(request) or None),
    }


def _share_one_slot(project: Project, seen: SeenComparison) -> bool:
    """Return whether several lanes are served by the bundled model, which answers one by one."""
    models = [seen.column_of(lane).column.model for lane in seen.lanes]
    bundled = {
        model
        for model in set(models)
        if (endpoint := endpoint_for(project_id=project.id, model=model)) and endpoint.demo
    }
    return sum(model in bundled for model in models) > 1


@project_view("GET", verb="read", gone=nothing)
def state(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Return the parts of the page that depend on who looks: heads, calls, votes and controls.

    ``calls`` is the signature of the calls that the page shows. As long as the same calls wait, the
    fields that somebody types in stay.
    """
    seen = see_comparison(project, comparison_id, author_of(request))
    context = state_context(request, project, seen, lane_states(seen))
    context["same_calls"] = request.GET.get("calls", "") == context["signature"]
    return render(request, "compare/_state.html", context)


def state_context(
    request: HttpRequest,
    project: Project,
    seen: SeenComparison,
    states: Sequence[LaneState],
    *,
    typed: Mapping[str, str] = NO_TEXTS,
    rows: Mapping[str, LaneRows] = NO_ROWS,
) -> dict[str, Any]:
    """Return the context of all parts. `typed`: what somebody has typed for calls, by field.
    `rows`: by lane.
    """
    authors = names_of_users(authors_of([one.column for one in seen.columns]))
    named = {one.column.configuration["assistant_id"] for one in seen.columns}
    living = living_assistants(project, named)
    columns = column_views(seen, states, authors, living, rows)
    groups = group_calls(waiting_calls(states))
    lanes = [lane for column in columns for lane in column.lanes]
    active = [lane for lane in lanes if lane.active]
    user = author_of(request)
    assistants = {column.assistant_id for column in columns}
    return {
        "project": project,
        "section": "compare",
        "comparison": seen.comparison,
        "seen": seen,
        "columns": columns,
        "count": len(columns),
        "calls": group_cards(groups, seen, typed),
        "signature": signature_of(groups),
        "is_busy": bool(active),
        "exists": any(lane.exists for lane in lanes),
        "may_vote": seen.masked and not active and any(one.written for one in states),
        **_votes(seen),
        "choice": _choice(seen),
        "lane_choices": [(key, label) for key, label in lane_labels(seen).items()],
        "replaced": last_replaced(project, seen.comparison.id, user),
        # Uploads depend on the assistant. An ID would be a name if the columns had several.
        "assistant": {"id": assistants.pop() if len(assistants) == 1 else ""},
        "title_most": limits.COMPARISON_TITLE,
    }


def _votes(seen: SeenComparison) -> dict[str, Any]:
    if not seen.comparison.blind:
        return {"votes": 0}
    chosen = list(seen.comparison.votes.values_list("column_id", flat=True))
    if seen.masked:
        return {"votes": len(chosen)}
    tally = [(one.letter, chosen.count(one.column.pk)) for one in seen.columns]
    return {"votes": len(chosen), "tally": tally, "shares": _win_shares(seen)}


def _win_shares(seen: SeenComparison) -> list[dict[str, Any]]:
    """Return how often each column is preferred to the first one, in all comparisons of the two."""
    first, *others = seen.columns
    ballots = ballots_of(seen.comparison.project, [one.column.digest for one in seen.columns])
    found = []
    for one in others:
        votes = votes_between(ballots, first.column.digest, one.column.digest)
        if share := win_share(votes, comparisons=len(others)):
            low, high = share.percent
            mean = round(100 * share.share)
            shown = {"mean": mean, "low": low, "high": high, "turns": share.turns}
            found.append({"letter": one.letter, "other": first.letter, **shown})
    return found


def _choice(seen: SeenComparison) -> str:
    """Return the letter that the user has voted for, or how else they voted, or ""."""
    if seen.vote is None:
        return ""
    chosen = [one.letter for one in seen.columns if one.column.pk == seen.vote.column_id]
    return chosen[0] if chosen else seen.vote.choice


def _rows(lane: ComparisonLane, look: Look) -> LaneRows:
    # Before the rows, so that no event is missed between the two.
    seq = _last_seq(lane.thread_id)
    try:
        snapshot = thread_snapshot(lane.thread_id)
    except Thread.DoesNotExist:
        return LaneRows(SafeString(""), BEGINNING)
    current = snapshot.runs.current
    bodies = growing_bodies(snapshot.thread, current)
    return LaneRows(render_bare_items(snapshot.part, bodies, look), seq)


def _last_seq(thread_id: str) -> str:
    try:
        return log.last_seq(thread_id)
    except RedisError:
        return BEGINNING


@project_view("GET", verb="read", gone=nothing)
def frames(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Return a whole frame for each lane that is active or that has changed since ``after``, which
    is ``<lane>:<position>``. For browsers behind proxies that let no websocket through.
    """
    seen = see_comparison(project, comparison_id, author_of(request))
    shown = dict(pair.partition(":")[::2] for pair in request.GET.getlist("after"))
    found = []
    for each in lane_states(seen):
        seq = _last_seq(each.lane.thread_id)
        active = each.run is not None and each.run.status in run_status.ACTIVE
        if each.exists and (active or shown.get(each.lane.key) != seq):
            found.append(_whole_frame(each.lane, seq, look_of(blind=seen.comparison.blind)))
    return JsonResponse({"frames": [frame for frame in found if frame]})


def _whole_frame(lane: ComparisonLane, seq: str, look: Look) -> dict[str, Any] | None:
    try:
        snapshot = thread_snapshot(lane.thread_id)
    except Thread.DoesNotExist:
        return None
    bodies = growing_bodies(snapshot.thread, snapshot.runs.current)
    operations = lane_state(snapshot, Unfinished({}, bodies, {}), look)
    return {
        "lane": lane.key,
        "seq": seq,
        "ops": operations_for(lane.key, [*operations, STATE]),
        "whole": True,
    }


@project_view("GET", verb="read", gone=nothing)
def changes(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Show the last answer of the lane ``old`` with what that of ``new`` adds and leaves out."""
    seen = see_comparison(project, comparison_id, author_of(request))
    states = {each.lane.key: each for each in lane_states(seen)}
    labels = lane_labels(seen)
    keys = list(labels)
    old, new = request.GET.get("old") or keys[0], request.GET.get("new") or keys[-1]
    if old not in states or new not in states:
        raise Http404("No such lane.")
    is_complete = all(_has_ended(states[key]) for key in (old, new))
    context = {
        "project": project,
        "comparison": seen.comparison,
        "old": old,
        "new": new,
        "old_label": labels[old],
        "new_label": labels[new],
        "is_complete": is_complete,
        "changes": render_text_changes(answer_of(states[old]), answer_of(states[new]))
        if is_complete
        else "",
    }
    return render(request, "compare/_changes.html", context)


def _has_ended(each: LaneState) -> bool:
    if each.run is None:
        return bool(each.written)  # a recorded run that was deleted
    return each.run.status not in run_status.ACTIVE
