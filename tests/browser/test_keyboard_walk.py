"""From a new assistant to a restored version with keys alone, and targets that fingers can hit."""

from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.steps import expect_kept
from tests.browser.test_playground import expect_status
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

# Where the focus is, also inside a code editor; which of what can be focused it is; whether it can
# be seen: by its own outline, shadow or ground, by its label's, or by what frames it.
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
# What can be hit, as wide and high as it is with its label; links in running text are exempt, and
# so is what lies in a menu or dialog that is shut.
TARGETS = """(least) => {
  const nodes = document.querySelectorAll("a[href], button, input:not([type=hidden], [type=file]),"
    + "select, textarea, summary, [role=separator]");
  const small = [];
  for (const node of nodes) {
    if (!node.checkVisibility({ visibilityProperty: true }) || node.closest(".body, .skip")) continue;
    const boxes = [node, ...(node.labels ?? [])].map((one) => one.getBoundingClientRect());
    const width = Math.max(...boxes.map((box) => box.width));
    const height = Math.max(...boxes.map((box) => box.height));
    const thin = node.role === "separator" ? height < least : Math.min(width, height) < least - 0.01;
    if (width && thin) small.push([node.outerHTML.slice(0, 90), Math.round(width), Math.round(height)]);
  }
  return small;
}"""


class Walk:
    """Hands on the keyboard of a page. Each stop must be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def stop(self) -> str:
        """What has the focus."""
        found = self.page.evaluate(FOCUSED)
        assert found["seen"] or found["body"], f"the focus is not seen on {found['name']}"
        return str(found["name"])

    def to(self, target: Locator, key: str = "Tab", most: int = 60) -> None:
        """Goes on until the target has the focus."""
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
    page = open_page(site.url)
    walk = Walk(page)
    walk.press("Shift+N")
    walk.choose(page.locator("#new-assistant").get_by_role("button", name="Blank"))
    page.wait_for_url("**a=asst_*")

    walk.press("Alt+2")
    walk.to(page.get_by_role("switch", name="Code interpreter"))
    walk.press("Space")
    add = page.get_by_role("button", name="Add function")
    walk.choose(add)
    editor = page.locator("#function-dialog .cm-content")
    expect(editor).to_be_focused()
    walk.choose(page.get_by_role("button", name="Examples"), "Shift+Tab")
    walk.choose(page.locator("#function-dialog").get_by_role("button", name="get_weather"))
    expect(editor).to_be_focused()
    walk.choose(page.locator("#function-dialog").get_by_role("button", name="Done"))
    expect(add).to_be_focused()
    expect_kept(page)
    publish(walk, "With tools")
    walk.press("Control+s")
    expect(page.locator("#publish-dialog")).to_contain_text("no unpublished changes")
    walk.press("Escape")
    expect(page.locator("#publish-dialog")).to_be_hidden()

    provider.enqueue(
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]), Reply(text="Mild.")
    )
    walk.choose(page.get_by_role("link", name="Skip to message box"))
    expect(page.locator("#composer-box")).to_be_focused()
    page.keyboard.type("Weather in Paris?")
    walk.press("Control+Enter")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "requires_action")
    walk.choose(page.get_by_role("link", name="Answer"))
    output = page.locator("[data-call] .as-raw textarea")
    walk.to(output)
    page.keyboard.type('{"temperature": 11}')
    walk.choose(page.get_by_role("button", name="Submit output"))
    expect_status(page, "completed")
    expect(page.locator("article.msg .body").last).to_have_text("Mild.")

    walk.press("J", "J", "L")
    expect(page.locator("#run-log")).to_contain_text("get_weather")
    walk.press("K")
    expect(page.locator("article.msg").first).to_be_focused()
    assert walk.stop().startswith("article")
    walk.press("E")
    expect(page.locator("#edit-content")).to_be_focused()
    walk.press("Escape")
    expect(page.locator("#edit-content")).to_be_hidden()
    walk.press("K")
    thread = page.url
    walk.press("F")
    page.wait_for_url(lambda url: url != thread and "t=thread_" in url)
    expect(page.locator("article.msg")).to_have_count(1)

    walk.press("Alt+2")
    walk.to(page.locator("#f-instructions"))
    page.keyboard.type("Be brief.")
    expect_kept(page)
    publish(walk, "Shorter")
    walk.press("Alt+2")
    walk.choose(page.locator("#cfg").get_by_role("button", name="More actions"))
    walk.choose(page.locator("#assistant-menu").get_by_role("link", name="History"))
    page.wait_for_url("**/versions/")
    walk.choose(page.get_by_role("button", name="Restore version 2"))
    expect(page.get_by_role("status").filter(has_text="is back, as version 4")).to_be_visible()
    restored = client.beta.assistants.list(limit=1).data[0]
    assert restored.instructions != "Be brief."
    assert [tool.type for tool in restored.tools] == ["code_interpreter", "function"]


def publish(walk: Walk, note: str) -> None:
    walk.press("Control+s")
    expect(walk.page.locator("#publish-note")).to_be_focused()
    walk.page.keyboard.type(note)
    with walk.page.expect_navigation():
        walk.press("Enter")
    expect(walk.page.locator("#draft-state .saved")).to_have_text("As published")
    expect(walk.page.locator("#connection:not([hidden]).warn")).to_have_count(0)


def test_no_stop_of_the_page_is_a_trap_and_targets_are_large_enough(
    page: Page, provider: ScriptedProvider, browser: Browser, context: BrowserContext
) -> None:
    provider.enqueue(Reply(text="Mild.", usage=(10, 2)))
    page.locator("#composer-box").fill("Hi")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")
    expect(page.locator("#items [data-reply-stat]")).to_have_count(1)
    page.reload()
    walk = Walk(page)
    walk.to(page.locator("#composer-box"), most=150)
    walk.to(page.locator(".skip"), most=150)
    walk.to(page.locator("#composer-box"), "Shift+Tab", most=150)
    assert page.evaluate(TARGETS, 24) == []

    touch = browser.new_context(
        storage_state=context.storage_state(),
        has_touch=True,
        is_mobile=True,
        viewport={"width": 360, "height": 740},
    )
    phone = touch.new_page()
    phone.goto(page.url)
    assert phone.evaluate("matchMedia('(pointer: coarse)').matches")
    small = []
    for panel in ("main", "list", "cfg", "logs"):
        phone.locator(f"[data-panel-tab={panel}]").tap()
        expect(phone.locator(f"#{panel}")).to_be_visible()
        small += phone.evaluate(TARGETS, 44)
    touch.close()
    assert small == []
