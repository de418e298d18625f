"""The dialog in which the schema that replies follow is edited, and tried on a sample."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assistants_app.models import Project
from assistants_app.web.assistants.form import ReplySchema
from assistants_app.web.assistants.functions import CHANGED, pretty
from assistants_app.web.http import project_view
from assistants_app.wire.functions.checks import Remark, read_object, remarks_on_reply_schema
from assistants_app.wire.functions.samples import faults_of, sample_of

NEW = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


@project_view("POST")
def edit(request: HttpRequest, project: Project) -> HttpResponse:
    """POST ``json_schema`` to begin with, later the dialog's own fields with ``act``: the dialog.
    Done answers with the field for the assistant's form, or 422 if the API would not take it.
    """
    fields = _fields(request)
    act = request.POST.get("act", "")
    schema = read_object(fields["schema"])
    if act == "sample" and isinstance(schema, dict):
        fields["sample"] = pretty(sample_of(schema))
    refused = any(remark.refused for remark in _remarks(fields))
    if act == "done" and not refused:
        value = _value(fields, schema)
        context = {"project": project, "schema": ReplySchema.read(pretty(value))}
        answer = render(request, "functions/_schema_done.html", context)
        answer["HX-Trigger"] = CHANGED
        return answer
    context = {
        "project": project,
        "title": _("Reply schema"),
        "fields": fields,
        **_said(fields),
    }
    status = 422 if act == "done" else 200
    return render(request, "functions/_schema_dialog.html", context, status=status)


@project_view("POST")
def check(request: HttpRequest, project: Project) -> HttpResponse:
    """POST what the dialog has: what is to say of the schema and of the sample."""
    fields = _fields(request)
    return render(request, "functions/_schema_remarks.html", _said(fields))


def _fields(request: HttpRequest) -> dict[str, Any]:
    """From the dialog, or from the assistant's form: a bare schema is what people paste there."""
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
        return {"name": "reply", "description": "", "schema": text, "sample": "", "strict": False}
    if "schema" not in value:
        value = {"name": "reply", "schema": value}
    return {
        "name": str(value.get("name") or ""),
        "description": str(value.get("description") or ""),
        "schema": pretty(value["schema"]),
        "sample": "",
        "strict": value.get("strict") is True,
    }


def _value(fields: dict[str, Any], schema: Any) -> dict[str, Any]:
    described = {"description": fields["description"]} if fields["description"] else {}
    strict = {"strict": True} if fields["strict"] else {}
    return {"name": fields["name"].strip(), **described, "schema": schema, **strict}


def _remarks(fields: dict[str, Any]) -> list[Remark]:
    schema = read_object(fields["schema"])
    if isinstance(schema, Remark):
        return [schema]
    return remarks_on_reply_schema(_value(fields, schema))


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {"remarks": _remarks(fields), "sample": _of_sample(fields)}


def _of_sample(fields: dict[str, Any]) -> dict[str, Any]:
    schema, value = read_object(fields["schema"]), read_object(fields["sample"])
    if not fields["sample"].strip() or isinstance(schema, Remark):
        return {"empty": True}
    if isinstance(value, Remark):
        return {"remarks": [value]}
    faults = [Remark(message, place) for place, message in faults_of(value, schema)]
    return {"remarks": faults, "fits": not faults}
