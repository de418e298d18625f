"""The tab with a function's mock: save it, try it, remove it."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.domain.mocks import answer
from assistants_app.domain.tools import FUNCTION
from assistants_app.models import Assistant, FunctionMock, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.mocks import find_mock
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.services.assistants import mocks
from assistants_app.services.assistants.configurations import draft_configuration
from assistants_app.web.http import author_of, project_view
from assistants_app.wire.assistants.configurations import configuration_of
from assistants_app.wire.assistants.mocks import MockParams, mock_of, text_of, value_of
from assistants_app.wire.functions.samples import sample_of
from assistants_app.wire.validation import parse

TEXTS = ("output", "rules", "default", "result_schema")


@project_view("GET", "POST", verb={"GET": "read", "POST": "save_mock"})
def tab(request: HttpRequest, project: Project, assistant_id: str, function: str) -> HttpResponse:
    """GET: show the function's mock. POST: create or replace it."""
    assistant = get_assistant(project, assistant_id)
    if request.method == "GET":
        mock = find_mock(project, assistant.id, function)
        return _render_tab(request, assistant, function, mock=mock)
    try:
        mock = mocks.save_mock(
            project=project, assistant_id=assistant_id, params=_params_in(request, function)
        )
    except InvalidRequest as error:
        errors = {_field_of(error): error.message}
        # Show the values as typed, and whether an older mock still exists.
        context: dict[str, Any] = {
            "mock": find_mock(project, assistant.id, function),
            "errors": errors,
        }
        values = {name: request.POST.get(name, "") for name in ("kind", "at_once", *TEXTS)}
        return _render_tab(request, assistant, function, status=422, values=values, **context)
    return _render_tab(request, assistant, function, mock=mock, saved=True, changed=True)


def _render_tab(
    request: HttpRequest, assistant: Assistant, function: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    arguments = _sample_arguments(assistant, author_of(request), function)
    context = {
        "project_id": assistant.project_id,
        "assistant_id": assistant.id,
        "function": function,
        "values": _form_values(more.get("mock"), arguments),
        "arguments": json.dumps(arguments or {"location": "Paris"}, ensure_ascii=False),
        "inserted": _inserted(next(iter(arguments))) if arguments else "",
        **more,
    }
    return render(request, "functions/_mock_tab.html", context, status=status)


def _sample_arguments(assistant: Assistant, user: User, function: str) -> dict[str, Any]:
    """Return arguments that the function could be called with, or {} if it takes none."""
    draft = find_draft(assistant.project, assistant.id, user)
    shown = draft_configuration(assistant, draft) if draft else configuration_of(assistant)
    for tool in shown["tools"]:
        # A draft may contain functions that somebody hasn't finished.
        definition = tool.get(FUNCTION) if tool["type"] == FUNCTION else None
        if isinstance(definition, Mapping) and definition.get("name") == function:
            parameters = definition.get("parameters")
            sample = sample_of(parameters) if isinstance(parameters, Mapping) else {}
            return sample if isinstance(sample, dict) else {}
    return {}


def _inserted(argument: str) -> str:
    return f"{{{{ {argument} }}}}"


def _example_rules(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    name, value = next(iter(arguments.items()), ("location", "Paris"))
    return [
        {
            "when": [{"path": name, "operator": "equals", "value": value}],
            "output": {name: _inserted(name), "result": 11},
        }
    ]


def _form_values(mock: FunctionMock | None, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the mock's form, with an example if there is no mock."""
    definition = mock.definition if mock else {}
    values = {name: text_of(definition[name]) for name in TEXTS[:3] if name in definition}
    if mock and mock.result_schema:
        values["result_schema"] = text_of(mock.result_schema)
    return {
        "rules": text_of(_example_rules(arguments)),
        "kind": mock.kind if mock else "static",
        "at_once": mock.at_once if mock else False,
        **values,
    }


def _params_in(request: HttpRequest, function: str) -> MockParams:
    post = request.POST
    kind = post.get("kind", "static")
    body: dict[str, Any] = {
        "function": function,
        "kind": kind,
        "at_once": bool(post.get("at_once")),
        "result_schema": _field_json(request, "result_schema")
        if _field_text(request, "result_schema")
        else None,
    }
    if kind == "rules":
        body["rules"] = _field_json(request, "rules")
        if default := _field_text(request, "default"):
            body["default"] = value_of(default)
    else:
        body["output"] = value_of(_field_text(request, "output"))
    return parse(MockParams, body)


def _field_text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def _field_json(request: HttpRequest, name: str) -> Any:
    """Return the value of a field that must contain JSON."""
    text = _field_text(request, name)
    value = value_of(text)
    # `value_of` returns broken JSON as text, which is right for outputs but not for these fields.
    if isinstance(value, str) and not text.startswith('"'):
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            words = _("This is not valid JSON: %(reason)s.") % {"reason": error}
            raise InvalidRequest(words, param=name) from None
    return value


def _field_of(error: ApiError) -> str:
    """Return the form's field that the error is about."""
    name = (error.param or "").partition("[")[0].partition(".")[0]
    return name if name in TEXTS else "mock"


@project_view("POST", verb="edit_function")
def try_out(
    request: HttpRequest, project: Project, assistant_id: str, function: str
) -> HttpResponse:
    """Show what the mock in the form would answer to these arguments. Save nothing."""
    # Only to raise a 404 for an assistant that isn't in the project.
    get_assistant(project, assistant_id)
    context: dict[str, Any] = {}
    try:
        params = _params_in(request, function)
        arguments = _field_json(request, "arguments") if _field_text(request, "arguments") else {}
        context["output"] = answer(mock_of(params.definition), arguments)
    except InvalidRequest as error:
        context["error"] = error.message
    return render(request, "functions/_mock_answer.html", context)


@project_view("POST", verb="remove_mock")
def remove(
    request: HttpRequest, project: Project, assistant_id: str, function: str
) -> HttpResponse:
    """Remove the mock. Return the tab."""
    mocks.remove_mock(project=project, assistant_id=assistant_id, function=function)
    return _render_tab(request, get_assistant(project, assistant_id), function, changed=True)
