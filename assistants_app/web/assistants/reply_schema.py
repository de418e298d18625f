"""The dialog that edits the reply schema and checks a sample against it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.domain.schemas.faults import faults_of
from assistants_app.models import Project
from assistants_app.web.assistants.form import ReplySchema
from assistants_app.web.assistants.functions import CHANGED, pretty
from assistants_app.web.http import project_view
from assistants_app.wire.functions.checks import Remark, read_object, remarks_on_reply_schema
from assistants_app.wire.functions.samples import sample_of

NEW = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


@project_view("POST", verb="edit_function")
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    """Open the dialog with the form's ``json_schema``, or carry out ``act`` and return the dialog.
    Done returns the field for the assistant's form, or a 422 if the API would refuse the schema.
    """
    fields = _dialog_fields(request)
    act = request.POST.get("act", "")
    schema = read_object(fields["schema"])
    if act == "sample" and isinstance(schema, dict):
        fields["sample"] = pretty(sample_of(schema))
    refused = any(remark.refused for remark in _schema_remarks(fields))
    if act == "done" and not refused:
        value = _schema_with_name(fields, schema)
        context = {"project": project, "schema": ReplySchema.read(pretty(value))}
        answer = render(request, "functions/_schema_done.html", context)
        answer["HX-Trigger"] = CHANGED
        return answer
    context = {
        "project": project,
        "title": _("Reply schema"),
        "fields": fields,
        **_all_remarks(fields),
    }
    status = 422 if act == "done" else 200
    return render(request, "functions/_schema_dialog.html", context, status=status)


@project_view("POST", verb="edit_function")
def check(request: HttpRequest, project: Project) -> HttpResponse:
    """Return remarks on the schema and the sample in the dialog."""
    fields = _dialog_fields(request)
    return render(request, "functions/_schema_remarks.html", _all_remarks(fields))


def _dialog_fields(request: HttpRequest) -> dict[str, Any]:
    """Return the dialog's fields, from the dialog itself or from the assistant's form."""
    data = request.POST
    if "schema" in data:
        names = ("name", "description", "schema", "sample")
        fields: dict[str, Any] = {name: data.get(name, "").replace("\r\n", "\n") for name in names}
        return {**fields, "strict": "strict" in data}
    text = data.get("json_schema", "")
    if not text.strip():
        return {
            "name": "reply",
            "description": "",
            "schema": pretty(NEW),
            "sample": "",
            "strict": True,
        }
    value = read_object(text)
    if isinstance(value, Remark):
        # Keep broken JSON as it was typed, so that it can be corrected in the dialog.
        return {"name": "reply", "description": "", "schema": text, "sample": "", "strict": False}
    if "schema" not in value:  # people often paste a bare schema into the form
        value = {"name": "reply", "schema": value}
    return {
        "name": str(value.get("name") or ""),
        "description": str(value.get("description") or ""),
        "schema": pretty(value["schema"]),
        "sample": "",
        "strict": value.get("strict") is True,
    }


def _schema_with_name(fields: dict[str, Any], schema: Any) -> dict[str, Any]:
    described = {"description": fields["description"]} if fields["description"] else {}
    strict = {"strict": True} if fields["strict"] else {}
    return {"name": fields["name"].strip(), **described, "schema": schema, **strict}


def _schema_remarks(fields: dict[str, Any]) -> list[Remark]:
    schema = read_object(fields["schema"])
    if isinstance(schema, Remark):
        return [schema]
    return remarks_on_reply_schema(_schema_with_name(fields, schema))


def _all_remarks(fields: dict[str, Any]) -> dict[str, Any]:
    remarks = _schema_remarks(fields)
    return {
        "remarks": [remark for remark in remarks if remark.param != "name"],
        "name_remarks": [remark for remark in remarks if remark.param == "name"],
        "sample": _sample_remarks(fields),
    }


def _sample_remarks(fields: dict[str, Any]) -> dict[str, Any]:
    schema, value = read_object(fields["schema"]), read_object(fields["sample"])
    if not fields["sample"].strip() or isinstance(schema, Remark):
        return {"empty": True}
    if isinstance(value, Remark):
        return {"remarks": [value]}
    faults = [Remark(message, place) for place, message in faults_of(value, schema)]
    return {"remarks": faults, "fits": not faults}
