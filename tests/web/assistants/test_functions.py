"""The dialogs for functions and for the reply schema, step by step."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistants_app.templatetags.names import breakable
from assistants_app.web.assistants.form import body_of, form_of
from assistants_app.web.assistants.functions import SKELETON
from assistants_app.wire.functions.examples import EXAMPLES
from tests.cast import Cast
from tests.web.assistants.function_dialogs import WEATHER, Dialog, Page

PETS = {
    "openapi": "3.0.0",
    "paths": {
        "/pets": {"get": {"operationId": "listPets"}, "post": {"operationId": "addPet"}},
        "/broken": {"get": {"parameters": [{"$ref": "#/gone"}]}},
    },
}


@pytest.fixture
def dialog(cast: Cast) -> Dialog:
    return Dialog(cast)


def test_a_new_function_begins_with_a_skeleton(dialog: Dialog) -> None:
    page = dialog.step()
    assert page.function == SKELETON
    assert page.text("#function-remarks") == ""
    again = dialog.step("tab:form", function=json.dumps(page.function, indent=2), tab="json")
    assert again.text("#function-remarks") == again.text("#name-error") == ""
    assert dialog.step("done", **again.form()).status == 422
    assert dialog.step(function=json.dumps(WEATHER), place="0").function == WEATHER


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("get order", "get_order"),
        ("Get Order!", "get_order"),
        ("getOrder()", "getOrder"),
        ("prénom", "prenom"),
        ("a/b.c", "a_b_c"),
        ("x" * 70, "x" * 64),
        ("заказ", ""),
    ],
)
def test_a_name_that_the_api_refuses_is_offered_in_a_form_that_it_accepts(
    dialog: Dialog, typed: str, offered: str
) -> None:
    function = json.dumps({**WEATHER, "name": typed})
    form = dialog.step("tab:form", function=function, tab="json").form()
    refused = dialog.step("done", **form)
    assert "Use " in refused.text("#name-error")
    assert refused.text("#function-remarks") == ""
    live = dialog.post("check_function", **form)
    assert live.text("hx-partial .error") == refused.text("#name-error")
    assert refused.text("#name-error button") == (f"Use {offered}" if offered else "")
    if offered:
        page = dialog.step(f"name:{offered}", **form)
        assert page.values("#fn-name") == [offered]
        assert page.text("#name-error") == ""
        page = dialog.step(f"name:{offered}", function=function, tab="json")
        assert page.function == {**WEATHER, "name": offered}


def test_a_response_format_without_a_schema_says_so(cast: Cast) -> None:
    form = form_of(cast.assistant)
    form.values |= {"response_format": "json_schema", "json_schema": ""}
    body_of(form, cast.assistant)
    assert form.errors == {"json_schema": "Add a schema, or choose another response format."}


def test_the_form_shows_the_json_and_changes_only_what_it_shows(dialog: Dialog) -> None:
    page = dialog.step("tab:form", function=json.dumps(WEATHER), place="0")
    assert page.values("input[name=p_name]") == ["location", "when"]
    form = page.form()
    assert form["p_type"] == ["string", ""]
    assert dialog.step("tab:json", **form).function == WEATHER

    form["p_name"][0], form["p_description"][0] = "place", "A city"
    form["required"] = ["0", "1"]
    changed = dialog.step("tab:json", **form).function["parameters"]
    assert changed == {
        "type": "object",
        "properties": {
            "place": {"type": "string", "minLength": 1, "description": "A city"},
            "when": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        },
        "required": ["place", "when"],
    }


def test_without_an_assistant_there_is_no_mock(dialog: Dialog) -> None:
    page = dialog.step("tab:mock", function=json.dumps(WEATHER), place="0")
    assert page.status == 200
    assert page.tree.css(".function-mock") == []


def test_rows_are_added_and_removed(dialog: Dialog) -> None:
    form = dialog.step("tab:form", function=json.dumps(WEATHER)).form()
    page = dialog.step("add", **form)
    assert page.values("input[name=p_name]") == ["location", "when", ""]
    form = page.form()
    form["p_name"][2], form["p_type"][2], form["p_enum"][2] = "days", "integer", "1, 7"
    page = dialog.step("remove:0", **form)
    assert page.function["parameters"] == {
        "type": "object",
        "properties": {
            "when": {"anyOf": [{"type": "string"}, {"type": "number"}]},
            "days": {"type": "integer", "enum": [1, 7]},
        },
        "required": [],
    }


def test_strict_demands_all_and_lets_what_is_not_required_be_null(dialog: Dialog) -> None:
    function = {"name": "f", "parameters": {"type": "object", "properties": {}}}
    form = dialog.step("tab:form", function=json.dumps(function)).form()
    row = {"p_was": ["", ""], "p_name": ["a", "b"], "p_type": ["string", "string"]}
    row |= {"p_description": ["", ""], "p_enum": ["", "x, y"], "required": ["0"]}
    page = dialog.step("done", **{**form, **row, "strict": "on"})
    assert page.function == {
        "name": "f",
        "parameters": {
            "type": "object",
            "properties": {
                "a": {"type": "string"},
                "b": {"type": ["string", "null"], "enum": ["x", "y", None]},
            },
            "required": ["a", "b"],
            "additionalProperties": False,
        },
        "strict": True,
    }
    again = dialog.step("tab:form", function=json.dumps(page.function)).form()
    assert (again["required"], again["p_enum"]) == (["0"], ["", "x, y"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_taken_as_it_is(dialog: Dialog, name: str) -> None:
    page = dialog.step(f"example:{name}", tab="examples", function="")
    assert page.function == EXAMPLES[name]
    assert page.texts(".remarks li") == []
    form = dialog.step("tab:form", function=json.dumps(page.function)).form()
    assert dialog.step("done", **form).function == EXAMPLES[name]


def test_done_gives_the_row_back_in_its_place(dialog: Dialog) -> None:
    page = dialog.step("done", function=json.dumps(WEATHER), place="1", tab="json")
    assert page.event == "functionchanged"
    [partial] = page.tree.css("hx-partial")
    assert partial.attributes["hx-target"] == "#functions > .fn:nth-child(2)"
    assert page.text(".fn-name") == "get_weather"
    whole = {"type": "function", "function": WEATHER}
    page = dialog.step("done", function=json.dumps(whole), tab="json")
    assert page.tree.css("hx-partial")[0].attributes["hx-target"] == "#functions"
    assert page.function == WEATHER


def test_a_long_name_breaks_after_its_underscores(dialog: Dialog) -> None:
    row = dialog.step("done", function='{"name": "get_order_of"}', tab="json")
    [name] = row.tree.css(".fn-name")
    assert "get_<wbr>order_<wbr>of" in (name.html or "")
    assert name.text() == "get_order_of"
    assert "&lt;b&gt;_<wbr>" in breakable("<b>_")


def test_a_copy_has_a_name_of_its_own_and_no_place(dialog: Dialog) -> None:
    page = dialog.step("copy", function=json.dumps(WEATHER), place="0")
    assert page.function["name"] == "get_weather_copy"
    assert page.values("input[name=place]") == [""]


@pytest.mark.parametrize(
    ("name", "taken", "copied"),
    [
        ("f", "f", "f_copy"),
        ("f", "f f_copy", "f_copy_2"),
        ("f", "f f_copy f_copy_2", "f_copy_3"),
        ("f_copy", "f f_copy", "f_copy_2"),
        ("f_copy_2", "f_copy_2", "f_copy"),
        ("f_copy", "f_copy", "f_copy_2"),
        ("g" * 64, "g" * 64, "g" * 59 + "_copy"),
        ("g" * 64, "g" * 59 + "_copy", "g" * 57 + "_copy_2"),
    ],
)
def test_each_copy_has_a_name_that_no_other_function_has(
    dialog: Dialog, name: str, taken: str, copied: str
) -> None:
    page = dialog.step("copy", function=json.dumps({"name": name}), place="0", taken=taken)
    assert page.function["name"] == copied
    # Not in the way of another copy of it.
    assert page.values("input[name=taken]") == [taken]


def test_a_second_function_with_a_name_is_advised_against_and_accepted(dialog: Dialog) -> None:
    said = "name Another function is named get_weather. Rename one, so that the model can choose."
    fields = {"function": json.dumps(WEATHER), "tab": "json", "taken": "get_time get_weather"}
    assert dialog.post("check_function", **fields).texts("li.advice") == [said]
    assert dialog.post("check_function", **{**fields, "taken": "get_time"}).texts("li") == []
    assert dialog.step("done", **fields).status == 200


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Enter a JSON object."),
        ('{\n "name": }', "Line 2: This isn't valid JSON: a value is missing."),
        ("[" * 100_000, "is nested too deeply"),
        ("[]", "must be a JSON object"),
        ('{"name": "no spaces"}', "name Use only letters, digits, dashes and underscores."),
        ("{}", "name “name” is missing."),
        ('{"name": "f", "more": 1}', "more Unknown parameter: 'more'."),
        (
            '{"name": "f", "strict": true, "parameters": {"type": "object", "properties": {}}}',
            "parameters Invalid schema for function 'f': In context=(), 'additionalProperties'",
        ),
    ],
)
def test_the_dialog_shows_the_error_of_the_api(dialog: Dialog, text: str, told: str) -> None:
    page = dialog.step("done", function=text, tab="json")
    assert page.status == 422
    assert page.event is None
    assert told in page.text(".remarks")
    assert told in dialog.post("check_function", function=text, tab="json").text(".remarks")


def test_a_broken_schema_is_advice_and_no_hindrance(dialog: Dialog) -> None:
    parameters = {"type": "object", "properties": {"a": {"type": "strin"}}}
    text = json.dumps({"name": "f", "parameters": parameters})
    page = dialog.post("check_function", function=text, tab="json")
    assert page.texts(".error") == []
    assert "parameters.properties.a.type This is not a valid JSON schema: 'strin'" in page.text(
        ".advice"
    )
    assert dialog.step("done", function=text, tab="json").event == "functionchanged"


def test_the_form_waits_until_the_json_can_be_read(dialog: Dialog) -> None:
    page = dialog.step("tab:form", function='{"name": ', tab="json")
    assert "show invalid JSON" in page.text("[role=alert]")
    assert page.text("textarea[name=function]") == '{"name":'
    assert page.tree.css("input[name=name]") == []


def test_chosen_operations_become_functions(dialog: Dialog) -> None:
    listed = dialog.step("read", tab="openapi", document=json.dumps(PETS))
    assert listed.values("input[name=operation]") == ["0", "1"]
    assert "'#/gone' points to nothing" in listed.text(".operations .error")
    uploaded = SimpleUploadedFile("pets.json", json.dumps(PETS).encode())
    listed = dialog.step("read", tab="openapi", file=uploaded)
    document = listed.text("textarea[name=document]")
    page = dialog.step("import", tab="openapi", document=document, operation=["0", "1"])
    assert page.texts(".fn-name") == ["listPets", "addPet"]
    assert page.event == "functionchanged"


def test_an_import_of_nothing_says_so(dialog: Dialog) -> None:
    page = dialog.step("import", tab="openapi", document=json.dumps(PETS))
    assert (page.status, page.text("[role=alert]")) == (422, "Select at least one operation.")
    page = dialog.step("read", tab="openapi", document="swagger: '2.0'")
    assert "Convert the document to OpenAPI 3" in page.text("[role=alert]")


def test_a_reply_schema_goes_in_and_out_unchanged(dialog: Dialog) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    value = {"name": "people", "description": "All", "schema": schema}
    page = dialog.schema(json_schema=json.dumps(value))
    fields = {
        "name": page.values("input[name=name]")[0],
        "description": page.values("input[name=description]")[0],
        "schema": page.text("textarea[name=schema]"),
        "sample": "",
    }
    done = dialog.schema("done", **fields)
    assert done.event == "functionchanged"
    assert json.loads(done.text("textarea[name=json_schema]")) == value
    bare = dialog.schema(json_schema=json.dumps(schema))
    assert bare.values("input[name=name]") == ["reply"]
    assert json.loads(bare.text("textarea[name=schema]")) == schema


def test_a_sample_is_made_and_judged(dialog: Dialog) -> None:
    people = {
        "type": "array",
        "items": {"type": "object", "properties": {"age": {"type": "integer"}}},
    }
    schema = json.dumps({"type": "object", "properties": {"people": people}})
    page = dialog.schema("sample", name="people", schema=schema, sample="")
    assert json.loads(page.text("textarea[name=sample]")) == {"people": [{"age": 1}]}
    assert "matches the schema" in page.text("#sample-remarks")
    judged = dialog.post(
        "check_reply_schema", name="people", schema=schema, sample='{"people": [{"age": "x"}]}'
    )
    assert judged.texts(".remarks li") == ["people[0].age 'x' is not of type 'integer'"]
    broken = dialog.post("check_reply_schema", name="people", schema=schema, sample="{\n]")
    assert "Line 2" in broken.text(".remarks")


def test_a_strict_schema_that_the_api_refuses_is_not_kept(dialog: Dialog) -> None:
    schema = json.dumps({"type": "object", "properties": {"a": {"type": "string"}}})
    page = dialog.schema("done", name="r s", schema=schema, sample="", strict="on")
    assert page.status == 422
    assert "Use only letters" in page.text("#name-error")
    assert page.text("#name-error button") == "Use r_s"
    page = dialog.schema("done", name="r", schema=schema, sample="", strict="on")
    assert "'additionalProperties' is required to be supplied" in page.text("#schema-remarks")


def test_the_assistants_form_lists_its_functions_by_name(cast: Cast) -> None:
    cast.assistant.tools = [{"type": "function", "function": {**WEATHER, "strict": False}}]
    cast.assistant.response_format = {
        "type": "json_schema",
        "json_schema": {"name": "people", "schema": {"type": "object"}, "strict": True},
    }
    cast.assistant.save()
    client = Client()
    client.force_login(cast.alice)
    url = reverse("assistant", args=[cast.project.id, cast.assistant.id])
    page = Page(client.get(url))
    assert page.texts("#functions .fn-name") == ["get_weather"]
    assert page.text("#schema-field .fn-name") == "people"
    assert page.text("#schema-field .badge") == "strict"
