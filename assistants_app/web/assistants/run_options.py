"""What users choose for their own runs: options, and the draft or the published version."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.configurations.origins import PAGE
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import BUILT_IN_TYPES, FUNCTION
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.services.runs.configuration import Requester, SeenDraft
from assistants_app.web.http import author_of, project_view
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.validation import parse, problems

RUNS_PUBLISHED = "runs_published"
RUN_OPTIONS = "run_options"
REMEMBERED = 20  # the most assistants whose options a session keeps
CHARACTERS = 20_000  # the most characters of an option that a session keeps
NUMBERS = ("max_prompt_tokens", "max_completion_tokens")
TEXTS = ("truncation", "last_messages", "tool_choice", "parallel_tool_calls")
ADDITIONAL = "additional_instructions"
# Each of these has a place for its error.
FIELDS = (*NUMBERS, "truncation_strategy", "tool_choice", ADDITIONAL)


def runs_published(request: HttpRequest) -> bool:
    """Return whether the user's runs use published versions instead of drafts, in this session."""
    return bool(request.session.get(RUNS_PUBLISHED))


def requester_of(request: HttpRequest) -> Requester:
    """Return who requests a run on the page: the user's draft, or the published version.

    The header ``X-Draft`` names the assistant and the revision of the draft that the page shows.
    """
    assistant_id, _space, revision = request.headers.get("X-Draft", "").partition(" ")
    return Requester(
        draft_of=None if runs_published(request) else author_of(request),
        seen=SeenDraft(assistant_id, revision) if revision else None,
        origin=PAGE,
    )


def run_options(data: Mapping[str, str]) -> dict[str, Any]:
    """Return the options in a form as parameters of a run.

    Raises :class:`InvalidRequest` for the first wrong option.
    """
    body = _run_body(data)
    parse(RunCreateParams, {"assistant_id": "", **body})
    return body


def kept_options(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """Return the options that the session keeps for this assistant as parameters of a run.

    Raises :class:`InvalidRequest` for the first wrong option.
    """
    return run_options(_options_in_session(request, assistant_id))


def _options_in_session(request: HttpRequest, assistant_id: str) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(RUN_OPTIONS, {}).get(assistant_id, {})
    return kept


def _run_body(data: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {name: _number_or_text(data[name]) for name in NUMBERS if data.get(name)}
    if data.get("truncation"):
        number = _number_or_text(data.get("last_messages", ""))
        body["truncation_strategy"] = {"type": data["truncation"], "last_messages": number}
    if choice := data.get("tool_choice", "").strip():
        body["tool_choice"] = _tool_choice_param(choice)
    if data.get("parallel_tool_calls"):
        body["parallel_tool_calls"] = data["parallel_tool_calls"] == "true"
    if text := data.get(ADDITIONAL, "").replace("\r\n", "\n"):
        body[ADDITIONAL] = text
    return body


def _number_or_text(text: str) -> int | str:
    # Other text stays as it is, so that the API's own validation explains what is wrong with it.
    try:
        return int(text)
    except ValueError:
        return text


def _tool_choice_param(choice: str) -> str | dict[str, Any]:
    if choice in {"auto", "none", "required"}:
        return choice
    if choice in BUILT_IN_TYPES:
        return {"type": choice}
    return {"type": FUNCTION, "function": {"name": choice}}


def option_errors(data: Mapping[str, str]) -> dict[str, str]:
    """Return the API's error for each wrong option."""
    found = problems(RunCreateParams, {"assistant_id": "", **_run_body(data)})
    return {(fault.param or "").split(".")[0]: fault.message for fault in found}


def option_places(data: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each option with its error, or "" if it has none."""
    found = option_errors(data)
    return [(name, found.get(name, "")) for name in FIELDS]


def options_context(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """Return the options that the session keeps, and their errors."""
    kept = _options_in_session(request, assistant_id)
    return {"options": kept, "option_errors": option_errors(kept)}


def valid_options(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """Return the session's options as parameters of a run, or none if any option is wrong."""
    try:
        return kept_options(request, assistant_id)
    except InvalidRequest:
        return {}


@project_view("POST", verb="set_run_options")
def keep(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Save the options in the session, valid or not, and return their errors."""
    get_assistant(project, assistant_id)
    given = {name: request.POST.get(name, "") for name in (*NUMBERS, *TEXTS, ADDITIONAL)}
    kept = {name: text[:CHARACTERS] for name, text in given.items() if text}
    others = request.session.get(RUN_OPTIONS, {})
    others.pop(assistant_id, None)  # and to the end, so that the oldest choice is forgotten first
    remembered = {**others, assistant_id: kept} if kept else others
    request.session[RUN_OPTIONS] = dict(list(remembered.items())[-REMEMBERED:])
    # Wrong values are kept, too, so that a reload shows them with their errors.
    context = {"option_places": option_places(given)}
    return render(request, "assistants/_option_errors.html", context)
