"""The configuration form: conversion to API parameters, and the API's errors by field."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.domain.tools import BUILT_IN_TYPES, CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Assistant, File, FunctionMock, Project
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.stores.stores import store_ids
from assistants_app.web.assistants import variables
from assistants_app.web.typed_lines import one_line, plain_lines, with_line_ends
from assistants_app.wire.functions.checks import function_in, read_object

JSON_SCHEMA = "json_schema"
RESPONSE_FORMATS = ("text", "json_object", JSON_SCHEMA)
TEXTS = ("name", "description", "instructions", "model")
NUMBERS = ("temperature", "top_p")
SEARCH_NUMBERS = ("max_num_results", "score_threshold")
# Each of these has a place for its error.
FIELDS = (
    *TEXTS,
    *NUMBERS,
    *SEARCH_NUMBERS,
    *("reasoning_effort", "metadata", "functions", "json_schema", "store", CODE_INTERPRETER),
    "variables",
)


@dataclass(frozen=True, slots=True)
class ReplySchema:
    """The reply schema, as the form shows it. `text` is its JSON. `name` is empty if there is no
    schema.
    """

    text: str
    name: str
    strict: bool
    shown: bool = True
    error: str = ""

    @classmethod
    def read(cls, text: str, *, shown: bool = True, error: str = "") -> "ReplySchema":
        """Return the schema in `text`, valid or not."""
        value = read_object(text)
        named = value if isinstance(value, dict) else {}
        name = named.get("name", "reply") if text else ""
        return cls(text, name, named.get("strict") is True, shown, error)


@dataclass
class AssistantForm:
    """The form's values and errors, by field, and the assistant's mocks, by function."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    mocks: Mapping[str, FunctionMock] = field(default_factory=dict)

    @property
    def places(self) -> list[tuple[str, str]]:
        """Return each field with its error, or "" if it has none."""
        return [(name, self.errors.get(name, "")) for name in FIELDS]

    @property
    def functions(self) -> list[dict[str, Any]]:
        """Return what the form shows of each function."""
        rows = [
            function_row(text, self.errors.get(f"functions[{number}]", ""), self.mocks)
            for number, text in enumerate(self.values["functions"])
        ]
        counts = Counter(row["name"] for row in rows)
        for row in rows:
            if row["name"] and counts[row["name"]] > 1:
                row["advice"] = same_name_advice(row["name"])
        return rows

    @property
    def variables(self) -> list[dict[str, Any]]:
        """Return the rows of variables, each with the labels and errors of its fields."""
        return variables.with_errors(self.values["variables"], self.errors)

    @property
    def reply_schema(self) -> ReplySchema:
        """The reply schema, hidden unless the response format is ``json_schema``."""
        shown = self.values["response_format"] == JSON_SCHEMA
        error = self.errors.get(JSON_SCHEMA, "") if shown else ""
        return ReplySchema.read(self.values[JSON_SCHEMA], shown=shown, error=error)


def same_name_advice(name: str) -> str:
    """Return what to do about a second function with this name. The API accepts it."""
    words = _("Another function is named %(name)s. Rename one, so that the model can choose.")
    return words % {"name": name}


def function_row(
    text: str, error: str = "", mocks: Mapping[str, FunctionMock] | None = None
) -> dict[str, Any]:
    """Return what the form shows of a function: its name, JSON, error, advice and mock."""
    value = read_object(text)
    function = function_in(value) if isinstance(value, dict) else {}
    name = function.get("name") if isinstance(function.get("name"), str) else ""
    return {
        "json": text,
        "name": name,
        "mock": (mocks or {}).get(name or ""),
        "strict": function.get("strict") is True,
        "error": error,
        "advice": "",
    }


def form_of(assistant: Assistant) -> AssistantForm:
    """Return a form that shows this assistant."""
    response_format = assistant.response_format or "auto"
    kind = response_format if isinstance(response_format, str) else response_format["type"]
    schema = response_format.get("json_schema") if isinstance(response_format, dict) else None
    return AssistantForm(
        {
            **{name: getattr(assistant, name) or "" for name in TEXTS},
            # An empty one is not set: the model's own default.
            **{name: _empty_for_none(getattr(assistant, name)) for name in NUMBERS},
            "reasoning_effort": assistant.reasoning_effort or "",
            "metadata": _metadata_rows(assistant.metadata),
            "variables": variables.rows_of(assistant.variables),
            "functions": [
                _indented(tool["function"]) for tool in assistant.tools if tool["type"] == FUNCTION
            ],
            CODE_INTERPRETER: any(tool["type"] == CODE_INTERPRETER for tool in assistant.tools),
            **_search_values(assistant),
            "files": list(assistant.tool_resources.get(CODE_INTERPRETER, {}).get("file_ids") or []),
            "response_format": "text" if kind == "auto" else kind,
            "json_schema": _indented(schema) if schema else "",
        }
    )


def _metadata_rows(kept: Any) -> list[tuple[str, str]]:
    rows = kept.items() if isinstance(kept, Mapping) else kept
    return [(key, value) for key, value in rows]


def _empty_for_none(value: Any) -> Any:
    return "" if value is None else value


def _search_values(assistant: Assistant) -> dict[str, Any]:
    tool = next((tool for tool in assistant.tools if tool["type"] == FILE_SEARCH), None)
    options = (tool or {}).get(FILE_SEARCH) or {}
    return {
        FILE_SEARCH: tool is not None,
        "store": next(iter(store_ids(assistant.tool_resources)), ""),
        "max_num_results": options.get("max_num_results") or "",
        "score_threshold": (options.get("ranking_options") or {}).get("score_threshold", ""),
    }


def held_files(project: Project, form: AssistantForm) -> list[File]:
    """Return the form's files that still exist, in the form's order."""
    there = files_by_id(project.id, form.values["files"])
    return [there[file_id] for file_id in form.values["files"] if file_id in there]


def form_from(data: QueryDict) -> AssistantForm:
    """Return the form that a browser sent."""
    values: dict[str, Any] = {name: plain_lines(data.get(name, "")) for name in TEXTS}
    texts = (*NUMBERS, "response_format", "json_schema", "reasoning_effort")
    values |= {name: data.get(name, "") for name in texts}
    rows = zip(data.getlist("metadata_key"), data.getlist("metadata_value"), strict=False)
    values["metadata"] = [(key, value) for key, value in rows if key or value]
    values["variables"] = variables.rows_from(data)
    values[CODE_INTERPRETER] = CODE_INTERPRETER in data
    values |= {name: data.get(name, "") for name in ("store", *SEARCH_NUMBERS)}
    values[FILE_SEARCH] = FILE_SEARCH in data
    values["files"] = list(dict.fromkeys(data.getlist("file")))
    values["functions"] = [text for text in data.getlist("function") if text.strip()]
    return AssistantForm(values)


def body_of(form: AssistantForm, assistant: Assistant) -> dict[str, Any]:
    """Return the form as the body of a request. Broken JSON becomes an error of the form, and stays
    text in the body. Tools that the form doesn't show are unchanged.
    """
    values = form.values
    body: dict[str, Any] = {
        "name": one_line(values["name"]) or None,
        "description": plain_lines(values["description"]) or None,
        "instructions": plain_lines(values["instructions"]) or None,
        "model": one_line(values["model"]),
        "tools": [
            tool for tool in assistant.tools if tool["type"] not in {FUNCTION, *BUILT_IN_TYPES}
        ],
        "response_format": _response_format(form),
        "reasoning_effort": values["reasoning_effort"] or None,
        "metadata": _metadata_of(form),
        "variables": variables.declarations_of(values["variables"]),
    }
    # Also send an empty list, which removes resources that the assistant had.
    held: dict[str, Any] = {}
    if values[CODE_INTERPRETER] or values["files"] or CODE_INTERPRETER in assistant.tool_resources:
        held[CODE_INTERPRETER] = {"file_ids": values["files"]}
    if values[FILE_SEARCH] or values["store"] or FILE_SEARCH in assistant.tool_resources:
        held[FILE_SEARCH] = {"vector_store_ids": [values["store"]] if values["store"] else []}
    body["tool_resources"] = {**assistant.tool_resources, **held}
    if values[CODE_INTERPRETER]:
        body["tools"].insert(0, {"type": CODE_INTERPRETER})
    if values[FILE_SEARCH]:
        body["tools"].insert(0, _search_tool(form, assistant))
    for name in NUMBERS:
        body[name] = _number_or_text(form, name)
    # Functions come last: `_field_of` subtracts the number of other tools.
    body["tools"] += [_function_tool(form, number) for number in range(len(values["functions"]))]
    return body


def place_problems(
    form: AssistantForm, configuration: Mapping[str, Any], problems: Mapping[str, str]
) -> None:
    """Add the API's `problems` with `configuration`, the form's values, to the form's fields."""
    shown = sum(tool["type"] != FUNCTION for tool in configuration["tools"])
    for param, message in problems.items():
        # The form's own errors, such as broken JSON, explain more than what the API says next.
        form.errors.setdefault(_field_of(param, shown), message)


def _field_of(param: str, shown: int) -> str:
    """Return the field that the API's parameter `param` comes from. `shown` is the number of tools
    before the functions, which ``tools[2].function.name`` counts and the form doesn't.
    """
    for name in SEARCH_NUMBERS:
        if param.endswith(name):
            return name
    if param.startswith("tools["):
        return f"functions[{int(param[6 : param.index(']')]) - shown}]"
    if param.startswith("tool_resources"):
        return "store" if FILE_SEARCH in param else CODE_INTERPRETER
    if param.startswith("variables["):
        return variables.place_of(param)
    if param == "tools":
        return "functions"
    if param.startswith("response_format"):
        return "json_schema"
    return param.split(".")[0].split("[")[0]


def _search_tool(form: AssistantForm, assistant: Assistant) -> dict[str, Any]:
    # Keep the options that the form doesn't show, such as the ranker.
    kept: dict[str, Any] = next(
        (tool for tool in assistant.tools if tool["type"] == FILE_SEARCH), {}
    )
    options = dict(kept.get(FILE_SEARCH) or {})
    ranking = dict(options.pop("ranking_options", None) or {})
    ranking.pop("score_threshold", None)
    options.pop("max_num_results", None)
    if str(form.values["max_num_results"]).strip():
        number = _number_or_text(form, "max_num_results")
        # An integer in the API. Any other number stays as it is, so that the API refuses it.
        whole = isinstance(number, float) and number.is_integer()
        options["max_num_results"] = int(number) if whole else number
    if (threshold := _number_or_text(form, "score_threshold")) is not None:
        ranking["score_threshold"] = threshold
    if ranking:
        options["ranking_options"] = ranking
    return {"type": FILE_SEARCH, FILE_SEARCH: options} if options else {"type": FILE_SEARCH}


def _number_or_text(form: AssistantForm, name: str) -> Any:
    text = str(form.values[name]).strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _metadata_of(form: AssistantForm) -> dict[str, str] | list[list[str]]:
    # An object can't hold the same key twice. The list is refused, so nobody loses a row, and the
    # draft keeps both until one is renamed.
    rows = [(one_line(key), one_line(value)) for key, value in form.values["metadata"]]
    if len({key for key, _value in rows}) < len(rows):
        return [list(row) for row in rows]
    return dict(sorted(rows))


def _function_tool(form: AssistantForm, number: int) -> Any:
    value = _read_json(form, f"functions[{number}]", form.values["functions"][number])
    if isinstance(value, Mapping) and value.get("type") == FUNCTION:
        return dict(value)
    return {"type": FUNCTION, "function": value}


def _response_format(form: AssistantForm) -> Any:
    kind = form.values["response_format"]
    if kind in {"", "text"}:
        return "auto"
    if kind != "json_schema":
        return {"type": kind}
    if not form.values[JSON_SCHEMA].strip():
        form.errors[JSON_SCHEMA] = _("Add a schema, or choose another response format.")
        return {"type": kind, JSON_SCHEMA: ""}
    value = _read_json(form, "json_schema", form.values["json_schema"])
    if isinstance(value, Mapping) and "schema" not in value:
        value = {"name": "reply", "schema": value}  # people often paste a bare schema
    return {"type": kind, "json_schema": value}


def _read_json(form: AssistantForm, name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        form.errors[name] = _("This is not valid JSON: %(reason)s.") % {"reason": error}
        return text


def _indented(value: Any) -> str:
    # Text is JSON that somebody hasn't finished. A draft keeps it as it was typed.
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def draft_changes(form: AssistantForm, present: Assistant, base: Assistant) -> dict[str, Any]:
    """Return the draft's changes: for each field, the form's value, or the base's own value if the
    form shows the same as for the base.

    `present` is the configuration from which the form was last filled. `base` is the version from
    which the draft started.
    """
    # The comparison goes through the form, which can't show everything: an untouched field must
    # not turn into a change.
    said, unchanged = body_of(form, present), body_of(form_of(base), base)
    said["metadata"] = _with_lines_of(base.metadata, said["metadata"])
    return {
        name: with_line_ends(value, getattr(base, name))
        if value != unchanged[name]
        else getattr(base, name)
        for name, value in said.items()
    }


def _with_lines_of(before: Mapping[str, str], metadata: Any) -> Any:
    """Return the metadata with the lines that a value had `before`. A field shows them as one."""
    if not isinstance(metadata, dict):
        return metadata
    return {
        key: before[key] if value == one_line(before.get(key, "")) and key in before else value
        for key, value in metadata.items()
    }
