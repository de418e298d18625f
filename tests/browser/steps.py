"""Steps on the main screen, for tests in several files."""

import re

from playwright.sync_api import Page, expect


def publish(page: Page, note: str = "") -> None:
    """Publish the draft, and wait for the next page."""
    page.keyboard.press("Control+s")
    dialog = page.locator("#publish-dialog")
    dialog.get_by_label("Note").fill(note)
    with page.expect_navigation():
        dialog.get_by_role("button", name="Publish v").click()
    expect(page.locator("#draft-state .saved")).to_have_text("No changes")


def expect_kept(page: Page) -> None:
    """Expect that the draft contains everything that was typed."""
    # The state may still be that of an earlier save.
    expect(page.locator("#assistant-form[data-dirty]")).to_have_count(0)
    expect(page.locator("#draft-state .saved")).to_have_text("Draft saved")


SEND = "Control+Enter"


def write(page: Page, text: str, keys: str = SEND) -> None:
    page.locator("#composer-box").fill(text)
    page.keyboard.press(keys)


def expect_status(page: Page, status: str) -> None:
    expect(page.locator(f"[data-run-status={status}]")).to_be_visible()


def agree(page: Page, button: str = "Delete") -> None:
    """Answer the question before something that can't be undone with this button."""
    asked = page.get_by_role("alertdialog")
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    asked.get_by_role("button", name=button).click()


def thread_id(page: Page) -> str:
    return page.locator("#main").get_attribute("data-thread") or ""


def thread_html(page: Page) -> str:
    """Return the thread's rows as HTML, without white space between elements."""
    return re.sub(r">\s+<", "><", page.locator("#items").inner_html()).strip()


def drop(page: Page, target: str, name: str, text: str) -> None:
    """Drop a file on the target."""
    page.locator(target).evaluate(
        """(area, [name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name, {type: "text/plain"}));
            for (const kind of ["dragover", "drop"]) area.dispatchEvent(
                new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}));
        }""",
        [name, text],
    )


LATENCY = 700  # milliseconds


def slow_line(page: Page) -> None:
    """Let each response to the page take longer from now on."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {**line, "latency": LATENCY})


def posts_of(page: Page) -> list[str]:
    """Return the list to which the page adds the URL of each POST request."""
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    return sent
