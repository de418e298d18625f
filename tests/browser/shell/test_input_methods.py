"""Keys of an input method: they choose a word, and do nothing else."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.steps import expect_kept, expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

PROCESS_KEY = 229  # the key code of all keys that an input method handles

# As Safari orders its events: the composition is over, and the key has only this code.
SAFARI = """(field, key) => field.dispatchEvent(new KeyboardEvent("keydown",
    {key, code: key, keyCode: 229, bubbles: true, cancelable: true}))"""


class InputMethod:
    """Composes text, as an input method does."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)

    def compose(self, text: str) -> None:
        ends = {"selectionStart": len(text), "selectionEnd": len(text)}
        self._cdp.send("Input.imeSetComposition", {"text": text, **ends})

    def press(self, key: str, modifiers: int = 0) -> None:
        more = {"code": key, "windowsVirtualKeyCode": PROCESS_KEY, "modifiers": modifiers}
        for kind in ("rawKeyDown", "keyUp"):
            self._cdp.send("Input.dispatchKeyEvent", {"type": kind, "key": key, **more})

    def confirm(self, text: str) -> None:
        self._cdp.send("Input.insertText", {"text": text})


@pytest.fixture
def method(page: Page) -> InputMethod:
    return InputMethod(page)


def test_enter_that_confirms_sends_nothing(
    page: Page, method: InputMethod, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Hai."))
    page.evaluate("localStorage.setItem('enter-runs', 'on')")
    box = page.locator("#composer-box")
    box.focus()
    method.compose("にほん")
    method.press("Enter")
    method.press("Enter", modifiers=2)  # Ctrl
    method.confirm("日本")
    box.evaluate(SAFARI, "Enter")
    expect(box).to_have_value("日本")
    expect(page.locator("article.msg")).to_have_count(0)
    assert provider.history == []
    page.keyboard.press("Enter")
    expect(page.locator(".msg.user .body")).to_have_text("日本")
    expect_status(page, "completed")


def test_enter_and_esc_keep_the_title_and_the_run(
    page: Page, method: InputMethod, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four five", gate_after=2))
    write(page, "Count")
    page.wait_for_url("**t=thread_*")
    provider.wait_held()
    title = page.locator("#thread-title")
    title.focus()
    method.compose("だい")
    method.press("Enter")
    expect(title).to_be_focused()
    for _ in range(2):
        method.press("Escape")
    method.confirm("題")
    title.evaluate(SAFARI, "Enter")
    expect(title).to_be_focused()
    for _ in range(2):
        title.evaluate(SAFARI, "Escape")
    expect(title).to_have_value(re.compile("題"))
    provider.release()
    expect_status(page, "completed")
    page.keyboard.press("Enter")
    expect(title).not_to_be_focused()


def test_enter_and_esc_leave_the_palette_open(page: Page, method: InputMethod) -> None:
    page.keyboard.press("Control+k")
    palette = page.locator("#palette")
    expect(palette.get_by_role("option").first).to_be_visible()
    address = page.url
    method.compose("せ")
    for key in ("ArrowDown", "Enter", "Escape"):
        method.press(key)
        page.locator("#palette-text").evaluate(SAFARI, key)
        expect(palette).to_be_visible()
    assert page.url == address
    method.confirm("")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_esc_leaves_a_dialog_open(page: Page, method: InputMethod) -> None:
    page.locator("#f-instructions").fill("Be kind.")
    expect_kept(page)
    page.keyboard.press("Control+s")
    dialog = page.locator("#publish-dialog")
    dialog.get_by_label("Note").focus()
    method.compose("め")
    method.press("Escape")
    method.press("Enter")
    expect(dialog).to_be_visible()
    method.confirm("メモ")
    expect(dialog.get_by_label("Note")).to_have_value("メモ")


def test_esc_leaves_the_instructions_expanded(page: Page, method: InputMethod) -> None:
    page.locator("#expand-instructions").evaluate("(box) => { box.checked = true }")
    page.locator("#f-instructions").focus()
    method.compose("し")
    method.press("Escape")
    expect(page.locator("#expand-instructions")).to_be_checked()
    method.confirm("指")
    page.keyboard.press("Escape")
    expect(page.locator("#expand-instructions")).not_to_be_checked()
