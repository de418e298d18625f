"""A walk from a new assistant to a restored version by keyboard alone, and the size of targets."""

from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.assistants.function_dialog import add_example
from tests.browser.steps import expect_kept, expect_status
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

# The focused element, also inside a code editor, and whether the focus is visible: by the outline,
# shadow or background of the element, its label or its frame.
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const frames = [at, ...(at.labels ?? [])];
  for (let near = at.parentElement; near && frames.length < 5; near = near.parentElement)
    frames.push(near);
  const seen = (node) => {
    const { outlineStyle, outlineWidth, boxShadow, backgroundImage } = getComputedStyle(node);
    const inset = boxShadow.includes("inset") || (node === at && boxShadow !== "none");
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || inset
      || (node === at && backgroundImage !== "none");
  };
  const said = at.ariaLabel || at.labels?.[0]?.textContent || at.textContent || "";
  return {
    seen: frames.some(seen),
    name: `${at.localName}${at.id ? "#" + at.id : ""} ${said.trim().slice(0, 40)}`,
    body: at === document.body,
  };
}"""
# Targets that are too small, even with their labels. Links in running text and targets in closed
# menus and dialogs don't count.
TARGETS = """(least) => {
  const nodes = document.querySelectorAll("a[href], button, input:not([type=hidden], [type=file]),"
    + "select, textarea, summary, [role=separator]");
  const small = [];
  for (const node of nodes) {
    if (!node.checkVisibility({ visibilityProperty: true }) || node.closest(".body, .skip"))
      continue;
    const boxes = [node, ...(node.labels ?? [])].map((one) => one.getBoundingClientRect());
    const width = Math.round(Math.max(...boxes.map((box) => box.width)));
    const height = Math.round(Math.max(...boxes.map((box) => box.height)));
    const thin = node.role === "separator" ? height < least : Math.min(width, height) < least;
    if (width && thin) small.push(`${width} x ${height}: ${node.outerHTML.slice(0, 90)}`);
  }
  return small;
}"""


class Walk:
    """A walk over a page by keyboard. The focus must be visible at each stop."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def stop(self) -> str:
        """Return the name of the focused element."""
        found = self.page.evaluate(FOCUSED)
        assert found["seen"] or found["body"], f"the focus is not seen on {found['name']}"
        return str(found["name"])

    def to(self, target: Locator, key: str = "Tab", most: int = 60) -> None:
        """Press the key until the target has the focus."""
        stops = []
        expect(target).to_be_visible()
        for _ in range(most):
            self.press(key)
            stops.append(self.stop())
            if target.evaluate("node => node.matches(':focus')"):
                return
        raise AssertionError(f"{target} is out of reach: {stops}")

    def choose(self, target: Locator, key: str = "Tab") -> None:
        self.to(target, key)
        self.press("Enter")


@pytest.mark.timeout(180)
def test_everything_is_done_by_keyboard(
    site: LiveSite, client: OpenAI, provider: ScriptedProvider, open_page: Callable[[str], Page]
) -> None:
    walk = Walk(open_page(site.url))
    make_assistant(walk)
    publish(walk, "With tools")
    call = ToolCall("get_weather", '{"location": "Paris"}')
    provider.enqueue(Reply(tool_calls=[call]), Reply(text="Mild.", usage=(9, 2)))
    walk.choose(walk.page.get_by_role("link", name="Skip to message box"))
    ask(walk, "Weather in Paris?", "requires_action")
    answer(walk)
    look_and_fork(walk)
    go_to_instructions(walk)
    walk.page.keyboard.type("Be brief.")
    expect_kept(walk.page)
    publish(walk, "Shorter")
    restore(walk)
    restored = client.beta.assistants.list(limit=1).data[0]
    assert restored.instructions != "Be brief."
    assert [tool.type for tool in restored.tools] == ["code_interpreter", "function"]


def make_assistant(walk: Walk) -> None:
    """Set up the code interpreter and a function."""
    page = walk.page
    walk.press("Shift+N")
    walk.choose(page.locator("#new-assistant").get_by_role("button", name="Blank"), "ArrowDown")
    page.wait_for_url("**a=asst_*")
    walk.press("Alt+2")
    walk.to(page.get_by_role("switch", name="Code interpreter"))
    walk.press("Space")
    add = page.get_by_role("button", name="Add function")
    walk.choose(add)
    dialog = page.locator("#function-dialog")
    expect(dialog.locator(".cm-content")).to_be_focused()
    walk.choose(dialog.get_by_role("button", name="Examples"), "Shift+Tab")
    walk.choose(dialog.get_by_role("button", name="get_weather"))
    expect(dialog.locator(".cm-content")).to_be_focused()
    walk.choose(dialog.get_by_role("button", name="Done"))
    expect(add).to_be_focused()
    expect_kept(page)


def answer(walk: Walk) -> None:
    page = walk.page
    walk.press("Alt+3")  # single keys are text while the composer has the focus
    walk.press("A")
    expect(page.locator("[data-call] .as-raw textarea")).to_be_focused()
    page.keyboard.type('{"temperature": 11}')
    walk.choose(page.get_by_role("button", name="Submit output"))
    expect_status(page, "completed")
    expect(page.locator("article.msg .body").last).to_have_text("Mild.")
    expect(page.locator("#items [data-reply-stat]")).to_have_count(1)


def look_and_fork(walk: Walk) -> None:
    """Open the reply's run in the log and the question in its dialog, and fork a thread."""
    page, messages = walk.page, walk.page.locator("article.msg")
    expect(page.locator("#composer-box")).to_be_focused()
    walk.press("Alt+3", "J", "J", "L")
    expect(page.locator("#run-log")).to_contain_text("get_weather")
    expect(messages.last).to_be_focused()
    walk.press("K")
    expect(messages.first).to_be_focused()
    walk.stop()
    walk.press("E")
    expect(page.locator(".edit-form textarea")).to_be_focused()
    walk.press("Escape")
    expect(page.locator(".edit-form textarea")).to_be_hidden()
    expect(messages.first).to_be_focused()
    thread = page.url
    walk.press("F")
    page.wait_for_url(lambda url: url != thread and "t=thread_" in url)
    expect(messages).to_have_count(1)


def go_to_instructions(walk: Walk) -> None:
    walk.press("Alt+2")
    walk.to(walk.page.locator("#f-instructions"))


def restore(walk: Walk) -> None:
    """Restore a version from the assistant's history."""
    page = walk.page
    walk.press("Alt+2")
    walk.choose(page.locator("#cfg").get_by_role("link", name="History"))
    page.wait_for_url("**/versions/**")
    walk.choose(page.get_by_role("button", name="Publish v2 again"))
    walk.choose(page.get_by_role("alertdialog").get_by_role("button", name="Publish again"))
    expect(page.get_by_role("status").filter(has_text="v4 is live")).to_be_visible()


def publish(walk: Walk, note: str) -> None:
    walk.press("Control+s")
    expect(walk.page.locator("#publish-note")).to_be_focused()
    walk.page.keyboard.type(note)
    with walk.page.expect_navigation():
        walk.press("Enter")
    expect(walk.page.locator("#draft-state .saved")).to_have_text("No changes")


def ask(walk: Walk, text: str, status: str = "completed") -> None:
    """Send the first message of a thread."""
    expect(walk.page.locator("#composer-box")).to_be_focused()
    walk.page.keyboard.type(text)
    walk.press("Control+Enter")
    walk.page.wait_for_url("**t=thread_*")
    expect_status(walk.page, status)


def test_no_stop_of_the_page_is_a_trap(page: Page, provider: ScriptedProvider) -> None:
    walk = Walk(page)
    page.locator("#composer-box").focus()
    ask(walk, "Hi")
    page.locator("#filter").fill("of this name there is none")
    expect(page.locator("#assistants .listed")).to_have_count(0)
    walk.to(page.locator("#composer-box"), most=150)
    walk.to(page.get_by_role("link", name="Skip to message box"), most=150)
    walk.to(page.locator("#composer-box"), "Shift+Tab", most=150)


def test_targets_are_large_enough(
    page: Page, provider: ScriptedProvider, browser: Browser, context: BrowserContext
) -> None:
    add_example(page)
    provider.enqueue(
        Reply(text="Hello.", usage=(9, 9)), Reply(tool_calls=[ToolCall("get_weather")])
    )
    page.locator("#composer-box").focus()
    ask(Walk(page), "Hi")
    expect(page.locator("#items [data-reply-stat]")).to_have_count(1)
    page.locator("#composer-box").fill("And?")
    page.keyboard.press("Control+Enter")
    expect_status(page, "requires_action")
    small = page.evaluate(TARGETS, 24)

    touch = browser.new_context(
        storage_state=context.storage_state(),
        has_touch=True,
        is_mobile=True,
        viewport={"width": 360, "height": 740},
    )
    phone = touch.new_page()
    phone.goto(page.url)
    assert phone.evaluate("matchMedia('(pointer: coarse)').matches")
    for panel in ("main", "list", "cfg", "logs"):
        phone.locator(f"[data-panel-tab={panel}]").tap()
        expect(phone.locator(f"#{panel}")).to_be_visible()
        small += phone.evaluate(TARGETS, 44)
    touch.close()
    assert not small, "\n".join(small)
