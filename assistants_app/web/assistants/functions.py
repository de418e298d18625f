"""The dialog that edits a function.

Each step sends the dialog's state, the function's JSON. Done puts the function into the assistant's
form, which saves it. Nothing is saved here.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain import limits
from assistants_app.domain.errors import ApiError, InvalidRequest
from assistants_app.gateway.function_writing import write_function
from assistants_app.models import Project
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.services.project.direct_calls import metered_for_caller
from assistants_app.web.assistants.form import function_row, same_name_advice
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
from assistants_app.wire.functions.names import name_of_copy
from assistants_app.wire.functions.openapi_import import Operation, read_operations

# The tabs and their templates.
TABS = {
    "json": "functions/_json.html",
    "form": "functions/_fields.html",
    "generate": "functions/_generate.html",
    "examples": "functions/_examples.html",
    "openapi": "functions/_openapi.html",
    "mock": "functions/_mock.html",
}
EDITORS = ("json", "form")  # the tabs that edit the function, and have the button Done
ENTER = {"generate": "generate"}  # what the Enter key does in a tab, if it isn't to stay there
SKELETON = {
    "name": "",
    "description": "",
    "parameters": {"type": "object", "properties": {}, "required": []},
}
CHANGED = "functionchanged"  # the event on which the page closes the dialog


@dataclass
class Editing:
    """The state of the dialog. `place` is the function's number in the assistant's form, or "" for
    a new function. `about` describes a function that `model`, the assistant's, is to write. `taken`
    are the names of the assistant's other functions, separated by spaces.
    """

    text: str
    tab: str = "json"
    place: str = ""
    rows: list[Parameter] = field(default_factory=list)
    document: str = ""
    operations: list[Operation] = field(default_factory=list)
    refusal: str = ""
    model: str = ""
    about: str = ""
    taken: str = ""

    @property
    def value(self) -> dict[str, Any] | Remark:
        read = read_object(self.text)
        return function_in(read) if isinstance(read, dict) else read

    @property
    def remarks(self) -> list[Remark]:
        value = self.value
        if isinstance(value, Remark):
            return [value]
        remarks = remarks_on_function(value)
        if value.get("name") in self.taken.split():
            remarks.append(Remark(same_name_advice(value["name"]), "name", refused=False))
        return remarks

    @property
    def untouched(self) -> bool:
        """Return whether nobody has written anything yet."""
        return self.text.strip() in ("", pretty(SKELETON))

    def remarks_by_place(self) -> dict[str, list[Remark]]:
        """Return the remarks of the tab, and those below its field for the name."""
        own = [remark for remark in self.remarks if self.tab == "form" and remark.param == "name"]
        return {
            "remarks": [remark for remark in self.remarks if remark not in own],
            "name_remarks": own,
        }


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the dialog. `has_json`: whether the function's JSON is a field of the tab. `edits`:
    whether the tab has the button Done.
    """

    id: str
    name: str
    template: str
    current: bool
    has_json: bool
    edits: bool

    @property
    def enter(self) -> str:
        """Return what the Enter key does in the tab."""
        return ENTER.get(self.id, f"tab:{self.id}")


@project_view("POST", verb="edit_function")
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    """Carry out ``act``, the button that was clicked, and return the dialog. Done returns the
    function's row for the assistant's form, or a 422 if the API would refuse the function.
    ``?assistant=`` is the ID of the form's assistant.
    """
    editing = _editing_of(request)
    act, _colon, of = request.POST.get("act", "").partition(":")
    if act == "done":
        return _finish(request, project, editing)
    if act == "import":
        return _import_operations(request, project, editing)
    if act == "generate":
        return _generate(request, project, editing)
    _carry_out(editing, act, of)
    return _render_dialog(request, project, editing)


def _carry_out(editing: Editing, act: str, of: str) -> None:
    if act == "tab" and of in TABS:
        editing.tab = of
    elif act == "" and not editing.text.strip():
        editing.text = pretty(SKELETON)
    elif act == "name":
        _rename(editing, of)
    elif act == "example" and of in EXAMPLES:
        editing.text, editing.tab = pretty(EXAMPLES[of]), "json"
    elif act == "copy":
        editing.text, editing.place = _renamed_copy(editing), ""
    elif act == "add":
        editing.rows.append(Parameter())
    elif act == "read":
        _read_document(editing)


@project_view("POST", verb="edit_function")
def check(request: HttpRequest, project: Project) -> HttpResponse:
    """Return remarks on the function in the dialog."""
    editing = _editing_of(request)
    context = {**editing.remarks_by_place(), "has_name_field": editing.tab == "form"}
    return render(request, "functions/_checked.html", context)


def _editing_of(request: HttpRequest) -> Editing:
    data = request.POST
    editing = Editing(
        data.get("function", "").replace("\r\n", "\n"),
        tab=data.get("tab", "json"),
        place=data.get("place", ""),
        document=data.get("document", "").replace("\r\n", "\n"),
        model=data.get("model", ""),
        about=data.get("about", "").replace("\r\n", "\n"),
        taken=data.get("taken", ""),
    )
    if uploaded := request.FILES.get("file"):
        # One byte more than allowed, so that a document which is too large is refused, not cut.
        editing.document = uploaded.read(limits.IMPORT_BYTES + 1).decode("utf-8-sig", "replace")
    if editing.tab == "form" and "name" in data:
        # The fields win over the JSON, which this tab only passes along.
        editing.rows = _parameters_in(data)
        editing.text = _json_from_fields(data, editing)
    return editing


def _parameters_in(data: QueryDict) -> list[Parameter]:
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


def _json_from_fields(data: QueryDict, editing: Editing) -> str:
    # Over the JSON so far, because the form has no fields for nested schemas and the like.
    value = editing.value
    fields = FunctionFields(
        name=data.get("name", "").strip(),
        description=data.get("description", "").replace("\r\n", "\n").strip(),
        strict="strict" in data,
        parameters=tuple(editing.rows),
    )
    return pretty(function_with(value if isinstance(value, dict) else {}, fields))


def _renamed_copy(editing: Editing) -> str:
    value = editing.value
    if isinstance(value, Remark) or not isinstance(value.get("name"), str):
        return editing.text
    return pretty({**value, "name": name_of_copy(value["name"], editing.taken.split())})


def _rename(editing: Editing, name: str) -> None:
    value = editing.value
    if isinstance(value, dict):
        editing.text = pretty({**value, "name": name})


def _generate(request: HttpRequest, project: Project, editing: Editing) -> HttpResponse:
    try:
        with metered_for_caller(project) as meter:
            function = write_function(
                project_id=project.id,
                model=editing.model,
                description=editing.about.strip(),
                meter=meter,
            )
    except ApiError as error:
        editing.refusal = error.message
        return _render_dialog(request, project, editing, status=422)
    editing.text, editing.tab = pretty(function), "json"
    return _render_dialog(request, project, editing)


def _read_document(editing: Editing) -> None:
    try:
        editing.operations = read_operations(editing.document.encode())
    except InvalidRequest as error:
        editing.refusal = error.message


def _import_operations(request: HttpRequest, project: Project, editing: Editing) -> HttpResponse:
    _read_document(editing)
    chosen = set(request.POST.getlist("operation"))
    functions = [
        operation.function
        for number, operation in enumerate(editing.operations)
        if str(number) in chosen and operation.function is not None
    ]
    if not functions and not editing.refusal:
        editing.refusal = _("Select at least one operation.")
    if editing.refusal:
        return _render_dialog(request, project, editing, status=422)
    return _rows_for_form(request, project, [pretty(function) for function in functions], "")


def _finish(request: HttpRequest, project: Project, editing: Editing) -> HttpResponse:
    value = editing.value
    if isinstance(value, Remark) or any(remark.refused for remark in editing.remarks):
        return _render_dialog(request, project, editing, status=422)
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


def _render_dialog(
    request: HttpRequest, project: Project, editing: Editing, *, status: int = 200
) -> HttpResponse:
    value = editing.value
    fields = None if isinstance(value, Remark) else fields_of(value)
    if editing.tab == "form" and fields is None and not editing.text.strip():
        fields = FunctionFields()
    # A new parameter has no name yet, so the JSON can't contain it.
    unnamed = [row for row in editing.rows if not row.name]
    assistant_id = request.GET.get("assistant", "")
    tabs = _tabs_of(editing)
    context = {
        "project": project,
        "title": _("Edit function") if editing.place else _("Add function"),
        "editing": editing,
        "fields": fields,
        "rows": [*(fields.parameters if fields else ()), *unnamed],
        **({} if editing.untouched and status == 200 else editing.remarks_by_place()),
        "types": TYPES,
        "tabs": tabs,
        "tab": next((tab for tab in tabs if tab.current), tabs[0]),
        "assistant_id": assistant_id,
        "function": _mocked_name(editing) if assistant_id else "",
        "examples": EXAMPLES,
        "focus": _focus_after(request.POST.get("act", "")),
        # Within the quotes of the name.
        "caret": editing.text.index('""') + 1 if editing.untouched and editing.text else None,
    }
    return render(request, "functions/_dialog.html", context, status=status)


def _focus_after(act: str) -> str:
    # After these steps, the button that had the focus is gone.
    step = act.partition(":")[0]
    return {
        **dict.fromkeys(("", "copy", "example", "generate", "name"), "json"),
        "add": "row",
        "remove": "add",
    }.get(step, "")


def _mocked_name(editing: Editing) -> str:
    """Return the name under which the function's mock is saved.

    It is "" for a new function, and for a name that the API would refuse.
    """
    value = editing.value
    name = "" if isinstance(value, Remark) else str(value.get("name", ""))
    return name if editing.place and re.fullmatch(limits.FUNCTION_NAME_PATTERN, name) else ""


def _tabs_of(editing: Editing) -> list[Tab]:
    names = {
        "json": _("JSON"),
        "form": _("Form"),
        "generate": _("Generate"),
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
        # A mock is saved under the function's name, which a new function doesn't have yet.
        if id != "mock" or editing.place
    ]


def pretty(value: Any) -> str:
    """Return indented JSON, for people to read and edit."""
    return json.dumps(value, indent=2, ensure_ascii=False)
