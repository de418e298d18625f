"""Shortcuts, the command palette and the panels, without a mouse."""

from collections.abc import Callable

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

Open = Callable[[str], Page]


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-options [aria-selected=true]")).to_be_visible()


def test_the_palette_finds_and_does_without_a_mouse(
    site: LiveSite, client: OpenAI, assistant: Assistant, open_page: Open
) -> None:
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "Quince marmalade, how?"}]
    )
    page = open_page(site.url)
    # As on a busy machine, the key is pressed before htmx has started.
    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms ?? 3000)"
    )
    page.goto(f"{site.url}/p/{site.project_id}/threads/", wait_until="domcontentloaded")
    open_palette(page)
    field = page.get_by_role("combobox", name="Search and commands")
    options = page.locator("#palette-options").get_by_role("option")
    expect(field).to_be_focused()
    expect(options.first).to_contain_text("Math tutor")
    page.keyboard.type("quince")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("Quince marmalade")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**?t={thread.id}&m=msg_*")

    open_palette(page)
    page.keyboard.type("switch theme")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    open_palette(page)
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    expect(page.locator("#palette-options [aria-selected=true]")).to_have_id(str(active))
    page.keyboard.type("nothing has this name")
    expect(page.get_by_text("No results.")).to_be_visible()
    expect(page.locator("#palette-options")).to_be_hidden()  # no gap above it
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    audit(page, open_palette)


def test_keys_act_on_the_page_and_can_be_switched_off(
    page: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    page.locator("#composer-box").fill("Count")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-run-status=cancelled]")).to_be_visible()
    page.locator("#composer-box").press("j")
    expect(page.locator("#composer-box")).to_have_value("j")
    page.locator("#composer-box").clear()
    page.locator("#composer-box").blur()
    page.keyboard.press("j")
    expect(page.locator("article.msg").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("article.msg").last).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("article.msg").first).to_be_focused()

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Stop the run")
    sheet.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("article.msg").first).not_to_be_focused()
    page.keyboard.press("Alt+3")
    expect(page.locator("#main")).to_be_focused()


def test_panels_are_hidden_and_resized_and_stay_so(page: Page) -> None:
    for name in page.locator(".pane-h h2").all():
        assert name.evaluate("h => h.scrollWidth <= h.clientWidth"), name.inner_text()
    page.keyboard.press("Alt+Shift+4")
    expect(page.locator("#logs")).to_be_hidden()
    edge = page.get_by_role("separator", name="Width of assistants")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", str(before + 16))
    page.reload()
    expect(page.locator("#logs")).to_be_hidden()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 16))
    page.keyboard.press("Alt+4")
    expect(page.locator("#logs")).to_be_visible()


def test_a_menu_is_walked_with_arrow_keys_and_gives_the_focus_back(page: Page) -> None:
    button = page.get_by_role("button", name="Panels")
    button.focus()
    page.keyboard.press("ArrowDown")
    menu = page.locator("#panels-menu")
    expect(menu.get_by_role("button", name="Assistants")).to_be_focused()
    page.keyboard.press("End")
    expect(menu.get_by_role("button", name="Keep tool calls open")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(menu.get_by_role("button", name="Write")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(menu.get_by_role("button", name="Debug")).to_be_focused()
    page.keyboard.press("Home")
    expect(menu.get_by_role("button", name="Assistants")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    # The menu has the focus at once, before the next key can come.
    opens = "button => { button.click(); return document.activeElement.textContent.trim() }"
    assert button.evaluate(opens) == "Assistants"
    page.keyboard.press("Escape")
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Assistants")).to_be_focused()
    page.keyboard.press("Tab")
    expect(menu).to_be_hidden()

    # The menu of a row is loaded after it opens.
    row_button = page.locator("#assistants").get_by_role("button").first
    row_button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-menu").get_by_role("link", name="History")).to_be_focused()
    page.keyboard.type("d")
    expect(page.get_by_role("button", name="Delete assistant")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#delete-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row_button).to_be_focused()


def test_the_rows_of_the_run_log_are_one_stop(
    page: Page, client: OpenAI, provider: ScriptedProvider, assistant: Assistant
) -> None:
    provider.enqueue(Reply(text="Hello."))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Hi"}]}
    )
    page.goto(page.url + f"&t={run.thread_id}")
    rows = page.locator("#logs .wf > button")
    expect(rows).to_have_count(2)
    expect(page.locator("#logs .wf > [tabindex='0']")).to_have_count(1)
    rows.first.focus()
    page.keyboard.press("End")
    expect(rows.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#step-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows.last).to_be_focused()

    page.locator("#logs").get_by_role("button", name="Events", exact=True).click()
    events = page.get_by_role("list", name="Events").locator("summary")
    events.first.focus()
    page.keyboard.press("ArrowDown")
    expect(events.nth(1)).to_be_focused()
