"""The dialogs in which a function, and the schema that replies follow, are edited.

The state is the JSON text, sent along with each step; what is done goes into the assistant's form,
which keeps it. Nothing is written here.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Project
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.web.assistants.form import function_row
from assistants_app.web.http import project_view, whole_number
from assistants_app.wire.functions.checks import (
    Remark,
    function_in,
    read_object,
    remarks_on_function,
)
from assistants_app.wire.functions.examples import EXAMPLES
from assistants_app.wire.functions.fields import (
    TYPES,
    FunctionFields,
    Parameter,
    fields_of,
    function_with,
)
from assistants_app.wire.functions.openapi_import import Operation, read_operations

# The tabs with their templates.
TABS = {
    "json": "functions/_json.html",
    "form": "functions/_fields.html",
    "examples": "functions/_examples.html",
    "openapi": "functions/_openapi.html",
    "mock": "functions/_mock.html",
}
EDITORS = ("json", "form")  # the tabs that edit the function, and end with Done
CHANGED = "functionchanged"  # the event on which the page closes the dialog


@dataclass
class Editing:
    """A function on its way. `place`: which of the assistant's functions, "" if it is a new one."""

    text: str
    tab: str = "json"
    place: str = ""
    rows: list[Parameter] = field(default_factory=list)
    document: str = ""
    operations: list[Operation] = field(default_factory=list)
    refusal: str = ""

    @property
    def value(self) -> dict[str, Any] | Remark:
        read = read_object(self.text)
        return function_in(read) if isinstance(read, dict) else read

    @property
    def remarks(self) -> list[Remark]:
        value = self.value
        return [value] if isinstance(value, Remark) else remarks_on_function(value)


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to edit the function. `has_json`: whether its JSON is a field of the tab; `edits`:
    whether it ends with Done.
    """

    id: str
    name: str
    template: str
    current: bool
    has_json: bool
    edits: bool


@project_view("POST")
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    """POST ``function``, with ``act``, the button: the dialog after that step. Done answers with
    the function's row for the assistant's form, or with 422 if the API would not take it.
    ``?assistant=``: whose form it is.
    """
    editing = _editing(request)
    act, _colon, of = request.POST.get("act", "").partition(":")
    if act == "done":
        return _done(request, project, editing)
    if act == "import":
        return _import(request, project, editing)
    if act == "tab" and of in TABS:
        editing.tab = of
    elif act == "example" and of in EXAMPLES:
        editing.text, editing.tab = pretty(EXAMPLES[of]), "json"
    elif act == "copy":
        editing.text, editing.place = _copy(editing), ""
    elif act == "add":
        editing.rows.append(Parameter())
    elif act == "read":
        _read(editing)
    return _dialog(request, project, editing)


@project_view("POST")
def check(request: HttpRequest, project: Project) -> HttpResponse:
    """POST what the dialog has: what is to say of the function."""
    editing = _editing(request)
    return render(request, "functions/_remarks.html", {"remarks": editing.remarks})


def _editing(request: HttpRequest) -> Editing:
    data = request.POST
    editing = Editing(
        data.get("function", "").replace("\r\n", "\n"),
        tab=data.get("tab", "json"),
        place=data.get("place", ""),
        document=data.get("document", "").replace("\r\n", "\n"),
    )
    if uploaded := request.FILES.get("file"):
        editing.document = uploaded.read(limits.IMPORT_BYTES + 1).decode("utf-8-sig", "replace")
    if editing.tab == "form" and "name" in data:
        editing.rows = _rows(data)
        editing.text = _from_form(data, editing)
    return editing


def _rows(data: QueryDict) -> list[Parameter]:
    required = set(data.getlist("required"))
    columns = [data.getlist(f"p_{name}") for name in ("name", "type", "description", "enum", "was")]
    act, _colon, removed = data.get("act", "").partition(":")
    return [
        Parameter(
            name=name.strip(),
            type=kind if kind in TYPES else "",
            description=description.strip(),
            required=str(number) in required,
            enum=enum.strip(),
            was=was,
        )
        for number, (name, kind, description, enum, was) in enumerate(zip(*columns, strict=False))
        if (act, removed) != ("remove", str(number))
    ]


def _from_form(data: QueryDict, editing: Editing) -> str:
    """The JSON as the form says it, over what the JSON had."""
    value = editing.value
    fields = FunctionFields(
        name=data.get("name", "").strip(),
        description=data.get("description", "").replace("\r\n", "\n").strip(),
        strict="strict" in data,
        parameters=tuple(editing.rows),
    )
    return pretty(function_with(value if isinstance(value, dict) else {}, fields))


def _copy(editing: Editing) -> str:
    value = editing.value
    if isinstance(value, Remark) or not isinstance(value.get("name"), str):
        return editing.text
    return pretty({**value, "name": f"{value['name'][: limits.FUNCTION_NAME - 5]}_copy"})


def _read(editing: Editing) -> None:
    try:
        editing.operations = read_operations(editing.document.encode())
    except InvalidRequest as error:
        editing.refusal = error.message


def _import(request: HttpRequest, project: Project, editing: Editing) -> HttpResponse:
    _read(editing)
    chosen = set(request.POST.getlist("operation"))
    functions = [
        operation.function
        for number, operation in enumerate(editing.operations)
        if str(number) in chosen and operation.function is not None
    ]
    if not functions and not editing.refusal:
        editing.refusal = _("Select at least one operation.")
    if editing.refusal:
        return _dialog(request, project, editing, status=422)
    return _rows_for_form(request, project, [pretty(function) for function in functions], "")


def _done(request: HttpRequest, project: Project, editing: Editing) -> HttpResponse:
    value = editing.value
    if isinstance(value, Remark) or any(remark.refused for remark in editing.remarks):
        return _dialog(request, project, editing, status=422)
    return _rows_for_form(request, project, [pretty(value)], editing.place)


def _rows_for_form(
    request: HttpRequest, project: Project, texts: list[str], place: str
) -> HttpResponse:
    assistant_id = request.GET.get("assistant", "")
    mocks = mocks_of(project, assistant_id)
    number = whole_number(place)
    context = {
        "project": project,
        "assistant": {"id": assistant_id},
        "functions": [function_row(text, mocks=mocks) for text in texts],
        "nth": None if number is None else number + 1,
    }
    answer = render(request, "functions/_rows.html", context)
    answer["HX-Trigger"] = CHANGED
    return answer


def _dialog(
    request: HttpRequest, project: Project, editing: Editing, *, status: int = 200
) -> HttpResponse:
    value = editing.value
    fields = None if isinstance(value, Remark) else fields_of(value)
    if editing.tab == "form" and fields is None and not editing.text.strip():
        fields = FunctionFields()
    unnamed = [row for row in editing.rows if not row.name]
    assistant_id = request.GET.get("assistant", "")
    tabs = _tabs(editing)
    context = {
        "project": project,
        "title": _("Edit function") if editing.place else _("Add function"),
        "editing": editing,
        "fields": fields,
        "rows": [*(fields.parameters if fields else ()), *unnamed],
        "remarks": editing.remarks if editing.text.strip() or status != 200 else [],
        "types": TYPES,
        "tabs": tabs,
        "tab": next((tab for tab in tabs if tab.current), tabs[0]),
        "assistant_id": assistant_id,
        "function": _mocked_name(editing) if assistant_id else "",
        "examples": EXAMPLES,
        "focus": _focus(request.POST.get("act", "")),
    }
    return render(request, "functions/_dialog.html", context, status=status)


def _focus(act: str) -> str:
    """Where one goes on after this step, if the button of it is gone."""
    step = act.partition(":")[0]
    return {"": "json", "copy": "json", "example": "json", "add": "row", "remove": "add"}.get(
        step, ""
    )


def _mocked_name(editing: Editing) -> str:
    """By which its mock is kept; "" for a new function, or one whose name is not right yet."""
    value = editing.value
    name = "" if isinstance(value, Remark) else str(value.get("name", ""))
    return name if editing.place and re.fullmatch(limits.FUNCTION_NAME_PATTERN, name) else ""


def _tabs(editing: Editing) -> list[Tab]:
    names = {
        "json": _("JSON"),
        "form": _("Form"),
        "examples": _("Examples"),
        "openapi": _("OpenAPI"),
        "mock": _("Mock"),
    }
    return [
        Tab(
            id,
            names[id],
            template,
            current=id == editing.tab,
            has_json=id == "json",
            edits=id in EDITORS,
        )
        for id, template in TABS.items()
        if id != "mock" or editing.place
    ]


def pretty(value: Any) -> str:
    """JSON to read and to edit."""
    return json.dumps(value, indent=2, ensure_ascii=False)
