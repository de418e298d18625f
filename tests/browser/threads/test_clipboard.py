"""Copying and pasting, with the browser's own clipboard."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

# Puts these types on the clipboard. A picture is drawn for image/png.
FILL = """async (types) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  canvas.getContext("2d").fillRect(2, 2, 4, 4);
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const data = Object.entries(types).map(([type, text]) => [
    type, type === "image/png" ? picture : new Blob([text], {type})]);
  await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(data))]);
}"""
DROP = """async (area) => {
  const canvas = document.createElement("canvas");
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const transfer = new DataTransfer();
  for (const name of ["one.png", "two.png"])
    transfer.items.add(new File([picture], name, {type: "image/png"}));
  for (const kind of ["dragover", "drop"]) area.dispatchEvent(
    new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
}"""
# What a page on a LAN address has.
INSECURE = "Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})"


@pytest.fixture
def box(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#composer-box").focus()
    return page


def paste(page: Page, types: dict[str, str]) -> None:
    page.evaluate(FILL, types)
    page.keyboard.press("Control+v")


def test_cells_are_pasted_as_text(box: Page) -> None:
    html = "<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>"
    paste(box, {"text/plain": "a\t1\nb\t2", "text/html": html, "image/png": ""})
    expect(box.locator("#composer-box")).to_have_value("a\t1\nb\t2")
    expect(box.locator("#composer .chip")).to_have_count(0)


def test_a_screenshot_is_an_image_that_the_model_sees(
    box: Page, provider: ScriptedProvider
) -> None:
    paste(box, {"image/png": ""})
    chip = box.locator("#composer .chip")
    use = chip.get_by_role("combobox")
    expect(use).to_have_value("image")
    expect(chip.locator(".thumb")).to_be_visible()
    paste(box, {"image/png": ""})
    expect(chip).to_have_count(2)
    expect(use.nth(1)).to_have_value("image")
    use.nth(1).select_option("code_interpreter")
    provider.enqueue(Reply(text="A square."))
    write(box, "What is this?")
    expect_status(box, "completed")
    [asked] = [one for one in provider.completions[-1]["messages"] if one["role"] == "user"]
    kinds = [part["type"] for part in asked["content"]]
    assert kinds.count("image_url") == 1
    expect(box.locator(".msg.user .body img")).to_have_count(1)
    expect(box.locator(".msg.user .chips li")).to_have_count(1)


def test_dropped_images_are_for_the_model_too(box: Page) -> None:
    box.locator("#composer-form").evaluate(DROP)
    chips = box.locator("#composer .chip select")
    expect(chips).to_have_count(2)
    for chip in chips.all():
        expect(chip).to_have_value("image")


def test_every_copy_button_works_without_a_secure_context(
    box: Page, open_page: Callable[[str], Page], provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Run\n\n```sh\necho 'a  b'\n\techo c\n```"))
    write(box, "How?")
    expect_status(box, "completed")
    box.add_init_script(INSECURE)
    box.reload()
    field = box.locator("#composer-box")
    box.locator("#items .code .copy").click()
    expect(box.locator("#announce")).to_have_text("Copied")
    expect(box.locator("#items .code .copy")).to_be_focused()
    field.focus()
    box.keyboard.press("Control+v")
    expect(field).to_have_value("echo 'a  b'\n\techo c\n")
    # The text of a message, which is loaded first.
    field.fill("")
    row = box.locator("#items .msg").first
    row.hover()
    row.get_by_role("button", name="Copy as Markdown").click()
    expect(row.locator(".copied")).to_be_visible()
    field.focus()
    box.keyboard.press("Control+v")
    expect(field).to_have_value("How?")
    # In a modal dialog, where nothing outside of it can have the focus.
    field.fill("")
    row.hover()
    row.get_by_role("button", name="Raw JSON").click()
    box.locator("#message-dialog .copy").click()
    expect(box.locator("#message-dialog .copied")).to_be_visible()
    box.keyboard.press("Escape")
    field.focus()
    box.keyboard.press("Control+v")
    assert '"object": "thread.message"' in field.input_value()


def test_a_button_says_why_it_copied_nothing(box: Page, provider: ScriptedProvider) -> None:
    write(box, "How?")
    expect_status(box, "completed")
    row = box.locator("#items .msg").first
    box.evaluate(f"{INSECURE}; document.execCommand = () => false")
    row.hover()
    row.get_by_role("button", name="Copy as Markdown").click()
    expect(box.locator("#toasts")).to_contain_text("The browser didn't let this page copy.")
    expect(row.locator(".copied")).to_have_count(0)
