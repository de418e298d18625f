"""The one composer of a comparison, and the calls that its columns wait for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.compare.shared_calls import group_calls, outputs_by_lane
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.models import Project
from assistants_app.models.compare.snapshots import SeenComparison
from assistants_app.queries.compare.comparisons import get_comparison, see_comparison
from assistants_app.queries.compare.lanes import lane_states, waiting_calls
from assistants_app.rendering.compare.calls import lane_labels, own_field
from assistants_app.services.compare import turns as services
from assistants_app.web.assistants.values import keep_texts, texts_in
from assistants_app.web.compare.page import composer_context, state_context
from assistants_app.web.compare.values import values_of_form
from assistants_app.web.http import author_of, nothing, project_view
from assistants_app.web.threads.message_files import files_of_form, message_of_form
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse


@project_view("POST", verb="send_to_columns")
def send(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Send the message to all columns, and return an empty composer or the refused message."""
    error = ""
    seen = see_comparison(project, comparison_id, author_of(request))
    if texts := texts_in(request):
        keep_texts(request, comparison_id, texts)
    on_tape = bool(request.POST.get("tape"))
    try:
        params = parse(MessageCreateParams, message_of_form(request.POST))
        _require_tape(seen, on_tape=on_tape)
        services.send_to_columns(
            project=project,
            comparison_id=comparison_id,
            params=params,
            variables=values_of_form(request, seen),
            on_tape=on_tape,
        )
    except InvalidRequest as refusal:
        error = refusal.message
    except ApiError as refusal:
        if refusal.http_status == 404:
            get_comparison(project, comparison_id)
        error = refusal.message
    seen = see_comparison(project, comparison_id, author_of(request))
    states = lane_states(seen)
    context = {
        **state_context(request, project, seen, states),
        **composer_context(request, project, seen, states),
    }
    if error:
        context |= {
            "error": error,
            "draft": request.POST.get("content", ""),
            "suggested": False,
            "held": files_of_form(request.POST, project),
        }
    status = 422 if error else 200
    return render(request, "compare/_composer.html", context, status=status)


def _require_tape(seen: SeenComparison, *, on_tape: bool) -> None:
    # Somebody who wants recorded outputs must not get live calls instead.
    if on_tape and seen.comparison.tape_id is None:
        raise InvalidRequest(
            _("The tape was deleted. Send the message again to let tools run as usual.")
        )


@project_view("POST", verb="answer_columns")
def answer(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Submit outputs: one for all equal calls, or one for each column."""
    seen = see_comparison(project, comparison_id, author_of(request))
    post = {name: str(text).replace("\r\n", "\n") for name, text in request.POST.items()}
    groups = group_calls(waiting_calls(lane_states(seen)))
    if not groups:
        return _render_calls(request, project, seen, late=True)
    shared = {
        group.key: post.get(f"all-{group.key}", "")
        for group in groups
        if post.get(f"apart-{group.key}") != "1"
    }
    own = {
        (call.lane, call.id): post.get(own_field(call.lane, call.id), "")
        for group in groups
        for call in group.calls
    }
    try:
        outputs = outputs_by_lane(groups, shared, own)
    except InvalidRequest as error:
        return _render_calls(request, project, seen, typed=post, error=error.message)
    refused = services.answer_columns(project=project, comparison_id=comparison_id, outputs=outputs)
    if len(refused) == len(outputs) and set(refused.values()) == {services.LATE}:
        return _render_calls(request, project, seen, late=True)
    labels = lane_labels(seen)
    reasons = [f"{labels[lane]}: {reason}" for lane, reason in refused.items()]
    return _render_calls(request, project, seen, typed=post, error=" ".join(reasons))


def _render_calls(
    request: HttpRequest, project: Project, seen: SeenComparison, **more: Any
) -> HttpResponse:
    typed = more.pop("typed", {})
    context = {**state_context(request, project, seen, lane_states(seen), typed=typed), **more}
    status = 422 if more.get("error") else 200
    return render(request, "compare/_calls.html", context, status=status)


@project_view("POST", verb="cancel_run")
def stop(request: HttpRequest, project: Project, comparison_id: str) -> HttpResponse:
    """Stop all columns, or the ``lane``. The page learns the new state over the websocket."""
    get_comparison(project, comparison_id)
    lane = request.POST.get("lane", "")
    services.stop_columns(project=project, comparison_id=comparison_id, lane=lane)
    return nothing()
