"""Functions and the reply schema in a real browser, partly by keyboard."""

import json
import re
from typing import cast

from openai import OpenAI
from openai.types.beta import FunctionTool
from playwright.sync_api import Page, expect

from tests.browser.assistants.function_dialog import add_example, names, open_with_functions
from tests.browser.audit import audit
from tests.browser.steps import agree, publish
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

EDITOR = "vendor/codemirror/editor"
PETS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: showPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    delete:
      operationId: deletePet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
  /broken:
    get: {parameters: [{$ref: "#/gone"}]}
"""


def test_functions_are_written_in_a_dialog(page: Page, client: OpenAI) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    dialog, remarks = page.locator("#function-dialog"), page.locator("#function-remarks")
    add = page.get_by_role("button", name="Add function")
    add.focus()
    page.keyboard.press("Enter")
    editor = dialog.locator(".cm-content")
    expect(editor).to_be_focused()
    expect(editor).to_have_accessible_name("Function as JSON")
    assert len([url for url in loaded if EDITOR in url]) == 1

    # An error is marked at its line, and shown with the line's number.
    page.keyboard.press("Control+a")
    page.keyboard.type('{\n"name": \n')
    expect(dialog.locator(".cm-lint-marker-error")).to_be_visible()
    expect(remarks).to_contain_text("Line 3: This isn't valid JSON")
    page.keyboard.press("Control+a")
    page.keyboard.type('{"name": "no spaces/"}')
    expect(remarks).to_contain_text("Use only letters")
    expect(dialog.locator(".cm-lint-marker-error")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Use no_spaces")).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()

    # An example, then the form, by keyboard alone.
    dialog.get_by_role("button", name="Examples").press("Enter")
    dialog.get_by_role("button", name="get_weather").press("Enter")
    expect(editor).to_be_focused()
    expect(editor).to_contain_text("fahrenheit")
    dialog.get_by_role("button", name="Form").press("Enter")
    dialog.get_by_role("button", name="Add parameter").press("Enter")
    expect(dialog.locator("#p-name-2")).to_be_focused()
    page.keyboard.type("days")
    page.keyboard.press("Tab")
    page.keyboard.type("integer")
    dialog.get_by_role("button", name="JSON").press("Enter")
    expect(editor).to_contain_text('"days"')
    dialog.get_by_role("button", name="Done").press("Enter")
    expect(dialog).to_be_hidden()
    expect(names(page)).to_have_text(["get_weather"])
    expect(add).to_be_focused()
    publish(page)
    page.reload()
    expect(names(page)).to_have_text(["get_weather"])
    weather = client.beta.assistants.list(limit=1).data[0].tools[0]
    assert isinstance(weather, FunctionTool)
    properties = cast(dict[str, object], (weather.function.parameters or {})["properties"])
    assert properties["days"] == {"type": ["integer", "null"]}
    assert len([url for url in loaded if EDITOR in url]) == 1


def test_a_new_function_begins_with_a_skeleton(page: Page) -> None:
    dialog = page.locator("#function-dialog")
    page.get_by_role("button", name="Add function").click()
    expect(dialog.locator(".cm-content")).to_be_focused()
    expect(page.locator("#function-remarks")).to_be_empty()
    page.keyboard.type("get order")
    use = dialog.get_by_role("button", name="Use get_order")
    expect(use).to_be_visible()
    dialog.get_by_role("button", name="Form").click()
    name = dialog.get_by_label("Name", exact=True)
    expect(name).to_have_accessible_description(re.compile("Use only letters.*Use get_order"))
    use.click()
    expect(name).to_have_value("get_order")
    expect(dialog.locator(".error")).to_have_count(0)
    name.fill("bad name")
    expect(dialog.get_by_role("button", name="Use bad_name")).to_be_visible()
    name.fill("good_name")
    expect(dialog.locator(".error")).to_have_count(0)
    dialog.get_by_role("button", name="Done").click()
    expect(names(page)).to_have_text(["good_name"])


def test_ctrl_enter_in_a_dialog_is_not_for_the_page_behind_it(page: Page) -> None:
    page.locator("#composer-box").fill("Not yet")
    dialog = page.locator("#function-dialog")
    page.get_by_role("button", name="Add function").click()
    expect(dialog.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"name": 5')
    page.keyboard.press("Control+Enter")
    expect(dialog.locator("#function-remarks")).not_to_be_empty()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"name": "get_order"}')
    page.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(names(page)).to_have_text(["get_order"])
    expect(page.locator("#composer-box")).to_have_value("Not yet")


def test_a_model_writes_a_function_without_blocking_the_page(
    page: Page, provider: ScriptedProvider
) -> None:
    dialog = page.locator("#function-dialog")
    definition = json.dumps({"name": "get_order", "parameters": {"type": "object"}})
    provider.enqueue(Reply(text=definition, hang="stream"), Reply(text=definition))
    page.get_by_role("button", name="Add function").click()
    dialog.get_by_role("button", name="Generate").click()
    dialog.get_by_label("What should the function do?").fill("Look up an order")
    dialog.get_by_role("button", name="Generate").last.click()
    expect(dialog.get_by_text("Writing…")).to_be_visible()
    # Another tab, and what is typed there, takes the place of a model that takes too long.
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name="get_weather").click()
    expect(dialog.locator(".cm-content")).to_contain_text("fahrenheit")
    dialog.get_by_role("button", name="Generate").click()
    dialog.get_by_label("What should the function do?").fill("Look up an order")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".cm-content")).to_contain_text("get_order")
    dialog.get_by_role("button", name="Done").click()
    expect(names(page)).to_have_text(["get_order"])


def test_the_format_json_schema_opens_the_editor(page: Page) -> None:
    page.locator("#f-format").select_option("json_schema")
    dialog = page.locator("#function-dialog")
    expect(dialog.get_by_role("heading", name="Reply schema")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    said = page.locator("#e-json_schema")
    expect(said).to_have_text("Add a schema, or choose another response format.")
    page.get_by_role("button", name="Edit schema").click()
    dialog.get_by_label("Name").fill("my verdict")
    dialog.get_by_role("button", name="Use my_verdict").click()
    dialog.get_by_role("button", name="Done").click()
    expect(said).to_be_empty()
    expect(page.locator("#schema-field .fn-name")).to_have_text("my_verdict")
    page.locator("#f-format").select_option("text")
    page.locator("#f-format").select_option("json_schema")
    expect(dialog).to_be_hidden()


def test_escape_alone_does_not_discard_changes(page: Page) -> None:
    add_example(page)
    dialog = page.locator("#function-dialog")
    page.get_by_role("button", name="Edit get_weather").click()
    expect(dialog.locator(".cm-content")).to_be_focused()
    page.keyboard.type(" ")
    dialog.dispatch_event("close")  # of an earlier edit, which a busy browser reports late
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("alertdialog").dispatch_event("close")  # of the first question
    agree(page, "Discard")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Edit get_weather")).to_be_focused()


def test_a_function_of_the_assistant_has_its_mock_in_the_dialog(page: Page) -> None:
    add_example(page)
    dialog, row = page.locator("#function-dialog"), page.locator("#functions .fn")
    page.get_by_role("button", name="Add function").click()
    expect(dialog.get_by_role("button", name="OpenAPI")).to_be_visible()
    expect(dialog.get_by_role("button", name="Mock")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Edit get_weather").click()
    dialog.get_by_role("button", name="Mock").click()
    dialog.get_by_label("Output", exact=True).fill('{"sky": "{{ location }}"}')
    dialog.get_by_label("Answer automatically").check()
    dialog.get_by_role("button", name="JSON", exact=True).click()
    expect(dialog.get_by_label("Output", exact=True)).to_be_hidden()
    dialog.get_by_role("button", name="Mock").click()
    expect(dialog.get_by_label("Answer automatically")).to_be_checked()
    dialog.get_by_text("Try it").click()
    dialog.get_by_role("textbox", name="Arguments").fill('{"location": "grey"}')
    dialog.get_by_role("button", name="Try", exact=True).click()
    expect(dialog.get_by_label("Output", exact=True).last).to_have_text('{"sky": "grey"}')
    dialog.get_by_role("button", name="Save mock").click()
    expect(row.get_by_text("automatic mock")).to_be_visible()
    audit(page)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    publish(page)
    page.reload()
    expect(row.get_by_text("automatic mock")).to_be_visible()
    page.get_by_role("button", name="Edit get_weather").click()
    dialog.get_by_role("button", name="Mock").click()
    dialog.get_by_role("button", name="Remove mock").click()
    expect(row.get_by_text("automatic mock")).to_be_hidden()


def test_each_duplicate_has_a_name_of_its_own_beside_its_badges(page: Page, client: OpenAI) -> None:
    open_with_functions(page, client, "get_customer_order")
    dialog = page.locator("#function-dialog")
    for count in (2, 3):
        page.get_by_role("button", name="Duplicate get_customer_order", exact=True).click()
        dialog.get_by_role("button", name="Done").click()
        expect(names(page)).to_have_count(count)
    expect(names(page).last).to_have_text("get_customer_order_copy_2")
    notes = page.locator("#functions .fn-note")
    expect(notes.filter(visible=True)).to_have_count(0)
    page.get_by_role("button", name="Edit get_customer_order_copy_2").click()
    dialog.get_by_role("button", name="Form").click()
    dialog.get_by_label("Name", exact=True).fill("get_customer_order")
    expect(page.locator("#name-error")).to_contain_text("Another function is named")
    dialog.get_by_role("button", name="Done").click()
    expect(notes.filter(has_text="Another function is named get_customer_order")).to_have_count(2)

    # The badge of a mock leaves the name its room.
    page.get_by_role("button", name="Edit get_customer_order_copy").click()
    dialog.get_by_role("button", name="Mock").click()
    dialog.get_by_label("Output", exact=True).fill("sent")
    dialog.get_by_label("Answer automatically").check()
    dialog.get_by_role("button", name="Save mock").click()
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("#functions").get_by_text("automatic mock")).to_be_visible()
    widths = names(page).nth(1).evaluate("(name) => [name.scrollWidth, name.clientWidth]")
    assert widths[0] <= widths[1]


def test_done_asks_before_it_discards_an_unsaved_mock(page: Page) -> None:
    add_example(page)
    dialog = page.locator("#function-dialog")
    page.get_by_role("button", name="Edit get_weather").click()
    dialog.get_by_role("button", name="Mock").click()
    dialog.get_by_label("Output", exact=True).fill("sunny")
    dialog.get_by_role("button", name="JSON", exact=True).click()
    dialog.get_by_role("button", name="Done").click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Discard your changes?")
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    dialog.get_by_role("button", name="Mock").click()
    expect(dialog.get_by_label("Output", exact=True)).to_have_value("sunny")
    page.keyboard.press("Escape")
    agree(page, "Discard")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Edit get_weather").click()
    dialog.get_by_role("button", name="Mock").click()
    expect(dialog.get_by_label("Output", exact=True)).to_have_value("")


def test_operations_of_an_openapi_document_become_functions(page: Page, client: OpenAI) -> None:
    dialog = page.locator("#function-dialog")
    page.get_by_role("button", name="Add function").click()
    dialog.get_by_role("button", name="OpenAPI").click()
    dialog.get_by_label("Or paste the document").fill(PETS)
    dialog.get_by_role("button", name="List operations").click()
    expect(dialog.locator(".operations .error")).to_contain_text("'#/gone' points to nothing")
    dialog.get_by_label("showPet").check()
    dialog.get_by_label("deletePet").check()
    dialog.get_by_role("button", name="Add as functions").click()
    expect(names(page)).to_have_text(["showPet", "deletePet"])
    page.get_by_role("button", name="Edit showPet").press("Enter")
    dialog.get_by_role("button", name="Form").click()
    dialog.locator("#fn-name").fill("show_pet")
    dialog.get_by_role("button", name="Done").click()
    expect(names(page)).to_have_text(["show_pet", "deletePet"])
    expect(page.get_by_role("button", name="Edit show_pet")).to_be_focused()
    page.get_by_role("button", name="Duplicate show_pet").click()
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Delete deletePet").click()
    expect(names(page)).to_have_text(["show_pet", "show_pet_copy"])
    publish(page)
    page.reload()
    expect(names(page)).to_have_text(["show_pet", "show_pet_copy"])
    made = client.beta.assistants.list(limit=1).data[0].tools
    assert [tool.function.name for tool in made if isinstance(tool, FunctionTool)] == [
        "show_pet",
        "show_pet_copy",
    ]


def test_a_reply_schema_is_written_and_tried(page: Page, client: OpenAI) -> None:
    page.locator("#f-format").select_option("json_schema")
    dialog, said = page.locator("#function-dialog"), page.locator("#sample-remarks")
    dialog.get_by_label("Name").fill("verdict")
    dialog.get_by_role("button", name="Generate sample").click()
    expect(said).to_contain_text("The sample matches the schema.")
    sample = dialog.locator("#sample-code .cm-content")
    expect(sample).to_contain_text('"answer": "answer"')
    sample.click()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"answer": 4}')
    expect(said).to_contain_text("answer 4 is not of type 'string'")
    dialog.locator("#schema-code .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"type": "object"}')
    expect(page.locator("#schema-remarks")).to_contain_text("'additionalProperties' is required")
    dialog.get_by_label("Strict").uncheck()
    expect(page.locator("#schema-remarks li")).to_have_count(0)
    dialog.get_by_role("button", name="Done").click()
    expect(page.locator("#schema-field .fn-name")).to_have_text("verdict")
    publish(page)
    kept = client.beta.assistants.list(limit=1).data[0].response_format
    assert kept is not None
    assert not isinstance(kept, str)
    assert kept.to_dict()["json_schema"] == {"name": "verdict", "schema": {"type": "object"}}


def test_the_editor_passes_the_audit(page: Page) -> None:
    audit(page, add_weather)


def test_the_form_passes_the_audit(page: Page) -> None:
    def prepare(audited: Page) -> None:
        add_weather(audited)
        dialog = audited.locator("#function-dialog")
        dialog.get_by_role("button", name="Form").click()
        dialog.get_by_role("button", name="Add parameter").click()
        expect(audited.locator("#p-name-2")).to_be_visible()

    audit(page, prepare)


def test_the_reply_schema_passes_the_audit(page: Page) -> None:
    def prepare(audited: Page) -> None:
        audited.locator("#f-format").select_option("json_schema")
        dialog = audited.locator("#function-dialog")
        dialog.get_by_role("button", name="Generate sample").click()
        expect(dialog.locator(".cm-content").first).to_be_visible()

    audit(page, prepare)


def add_weather(audited: Page) -> None:
    dialog = audited.locator("#function-dialog")
    audited.get_by_role("button", name="Add function").click()
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name="get_weather").click()
    expect(dialog.locator(".cm-content").first).to_be_visible()
