"""What a person chooses for their own runs: options, and the draft or the published version."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import BUILT_IN_TYPES, FUNCTION
from assistants_app.models import Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.services.runs.configuration import Origin
from assistants_app.web.http import author_of, project_view
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.validation import parse, problems

RUNS_PUBLISHED = "runs_published"
RUN_OPTIONS = "run_options"
REMEMBERED = 20  # assistants whose options a session keeps
CHARACTERS = 20_000  # of a text that a session keeps
NUMBERS = ("max_prompt_tokens", "max_completion_tokens")
TEXTS = ("truncation", "last_messages", "tool_choice", "parallel_tool_calls")
ADDITIONAL = "additional_instructions"
# Each has a place for what is wrong with it.
FIELDS = (*NUMBERS, "truncation_strategy", "tool_choice", ADDITIONAL)


def runs_published(request: HttpRequest) -> bool:
    """Whether the person's own runs leave the drafts alone. It lasts as long as the session."""
    return bool(request.session.get(RUNS_PUBLISHED))


def origin_of(request: HttpRequest) -> Origin:
    """A run of the page: of the person's own draft, unless they chose what is published."""
    return Origin(draft_of=None if runs_published(request) else author_of(request), from_page=True)


def run_options(data: Mapping[str, str]) -> dict[str, Any]:
    """The options that came with a message, as parameters of a run. Raises
    :class:`InvalidRequest` for the first one that is wrong.
    """
    body = _body(data)
    parse(RunCreateParams, {"assistant_id": "", **body})
    return body


def kept_options(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """The options that the session keeps for this assistant, as parameters of a run. Raises
    :class:`InvalidRequest` for the first one that is wrong.
    """
    return run_options(_kept(request, assistant_id))


def _kept(request: HttpRequest, assistant_id: str) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(RUN_OPTIONS, {}).get(assistant_id, {})
    return kept


def _body(data: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {name: _whole(data[name]) for name in NUMBERS if data.get(name)}
    if data.get("truncation"):
        number = _whole(data.get("last_messages", ""))
        body["truncation_strategy"] = {"type": data["truncation"], "last_messages": number}
    if choice := data.get("tool_choice", "").strip():
        body["tool_choice"] = _tool_choice(choice)
    if data.get("parallel_tool_calls"):
        body["parallel_tool_calls"] = data["parallel_tool_calls"] == "true"
    if text := data.get(ADDITIONAL, "").replace("\r\n", "\n"):
        body[ADDITIONAL] = text
    return body


def _whole(text: str) -> int | str:
    """What is no number stays text, and is refused as such."""
    try:
        return int(text)
    except ValueError:
        return text


def _tool_choice(choice: str) -> str | dict[str, Any]:
    if choice in {"auto", "none", "required"}:
        return choice
    if choice in BUILT_IN_TYPES:
        return {"type": choice}
    return {"type": FUNCTION, "function": {"name": choice}}


def option_errors(data: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each option, in the API's words."""
    found = problems(RunCreateParams, {"assistant_id": "", **_body(data)})
    return {(fault.param or "").split(".")[0]: fault.message for fault in found}


def option_places(data: Mapping[str, str]) -> list[tuple[str, str]]:
    """What to say under each option, also where nothing is wrong."""
    found = option_errors(data)
    return [(name, found.get(name, "")) for name in FIELDS]


def options_context(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """The options as they were left."""
    kept = _kept(request, assistant_id)
    return {"options": kept, "option_errors": option_errors(kept)}


def valid_options(request: HttpRequest, assistant_id: str) -> dict[str, Any]:
    """The options as they were left, as parameters of a run; none if any is wrong."""
    try:
        return kept_options(request, assistant_id)
    except InvalidRequest:
        return {}


@project_view("POST")
def keep(request: HttpRequest, project: Project, assistant_id: str) -> HttpResponse:
    """Remember the options in the session, valid or not, and say what is wrong with them."""
    get_assistant(project, assistant_id)
    given = {name: request.POST.get(name, "") for name in (*NUMBERS, *TEXTS, ADDITIONAL)}
    kept = {name: text[:CHARACTERS] for name, text in given.items() if text}
    others = request.session.get(RUN_OPTIONS, {})
    others.pop(assistant_id, None)
    remembered = {**others, assistant_id: kept} if kept else others
    request.session[RUN_OPTIONS] = dict(list(remembered.items())[-REMEMBERED:])
    context = {"option_places": option_places(given)}
    return render(request, "assistants/_option_errors.html", context)
