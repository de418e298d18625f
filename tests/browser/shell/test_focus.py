"""The focus after an exchange that removes, hides or disables what has it."""

import re

from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.assistants.function_dialog import open_with_functions
from tests.browser.steps import drop, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall


def test_a_new_assistant_from_a_template_leads_to_the_message_box(page: Page) -> None:
    page.locator("#list").get_by_role("button", name="New", exact=True).click()
    with page.expect_navigation():
        page.locator("#new-assistant").get_by_text("Math tutor").click()
    expect(page.locator("#composer-box")).to_be_focused()


def test_a_blank_assistant_still_selects_its_name(page: Page) -> None:
    expect(page.locator("#f-name")).to_be_focused()


def test_what_had_the_focus_has_it_after_a_reload(page: Page) -> None:
    page.locator("#f-instructions").focus()
    page.evaluate("history.replaceState(null, '', location.href.split('#')[0])")
    page.reload()
    expect(page.locator("#f-instructions")).to_be_focused()


def test_the_card_of_a_waiting_call_keeps_the_focus(
    page: Page, client: OpenAI, provider: ScriptedProvider
) -> None:
    open_with_functions(page, client, "get_order")
    provider.enqueue(Reply(tool_calls=[ToolCall("get_order", "{}")]), Reply(text="Done"))
    write(page, "Where is it?")
    expect_status(page, "requires_action")
    card = page.locator("form[data-action]")
    card.get_by_role("button", name="Mock or error").click()
    card.get_by_role("button", name="Fill in an error").click()
    expect(card.get_by_label("Output of get_order")).to_have_value(re.compile("error"))
    expect(card.get_by_label("Output of get_order")).to_be_focused()
    page.keyboard.press("Control+Enter")
    conversation = page.get_by_role("log", name="Conversation")
    expect(conversation.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.locator("#composer-error")).to_have_count(0)
    expect(page.locator("#composer-box")).to_be_focused()


def test_a_dropped_file_leaves_the_focus_at_the_files(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    drop(page, "[data-search-drop]", "a.txt", "x")
    expect(page.locator("#search-store [data-pick]").first).to_be_focused()
    page.locator("#composer-box").focus()
    drop(page, "#composer-form", "b.txt", "x")
    expect(page.locator("#composer [name=file]")).to_have_count(1)
    expect(page.locator("#composer-box")).to_be_focused()


def test_the_tabs_of_a_function_lead_to_their_first_field(page: Page, client: OpenAI) -> None:
    open_with_functions(page, client, "get_order")
    page.get_by_role("button", name="Edit get_order").click()
    dialog = page.locator("#function-dialog")
    expect(dialog.locator(".cm-content")).to_be_focused()
    fields = (
        ("Generate", dialog.get_by_label("What should the function do?")),
        ("Mock", dialog.get_by_label("Output", exact=True)),
        ("Form", dialog.get_by_label("Name", exact=True)),
        ("OpenAPI", dialog.get_by_label("Or paste the document")),
        ("Mock", dialog.get_by_label("Output", exact=True)),
        ("JSON", dialog.locator(".cm-content")),
    )
    for tab, field in fields:
        dialog.get_by_role("button", name=tab, exact=True).click()
        expect(field).to_be_focused()


def test_a_control_that_was_removed_leaves_the_focus_to_the_next_one(page: Page) -> None:
    def focused() -> str:
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))

    box = page.locator("#f-description")
    page.locator("#cfg summary", has_text="Description").click()
    box.focus()
    # Somebody leaves it.
    box.evaluate("(box) => box.blur()")
    assert focused() == "BODY"
    # Disabled by a request, which ends.
    box.focus()
    box.evaluate("(box) => { box.disabled = true; }")
    assert focused() == "BODY"
    box.evaluate(
        """(box) => {
            box.disabled = false;
            const detail = {ctx: {request: {}}};
            document.dispatchEvent(new CustomEvent("htmx:finally:request", {detail}));
        }"""
    )
    expect(box).to_be_focused()
    box.evaluate("(box) => { box.closest('details').open = false; }")
    expect(page.locator("body")).not_to_be_focused()
    page.locator("#f-model").focus()
    page.locator("[data-part=model]").evaluate("(part) => part.remove()")
    assert focused() not in {"BODY", "composer-box"}
