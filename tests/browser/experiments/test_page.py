"""An experiment in a real browser: from the form to the verdict, by keyboard, and its screens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.shell.test_every_screen import sample_set
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

Open = Callable[[str], Page]
LONG = 90_000  # milliseconds for all cells of an experiment


@pytest.mark.timeout(300)
def test_from_the_form_to_the_verdict_by_keyboard(
    site: LiveSite, provider: ScriptedProvider, open_page: Open
) -> None:
    provider.default = Reply(text="It is Paris, with 26 letters.")
    test_set = sample_set(site)["set_id"]
    page = open_page(f"{site.url}/p/{site.project_id}/experiments/new/?set={test_set}")
    for place in range(2):
        page.locator(f"#assistant-{place}").select_option("")
        page.locator(f"#model-{place}").fill(f"scripted-{place + 1}")
    plan = page.locator("#plan")
    expect(plan).to_contain_text("12 rows show a difference of")
    expect(plan.get_by_text("24", exact=True)).to_be_visible()
    page.locator("#repeats").fill("2")
    expect(plan.get_by_text("48", exact=True)).to_be_visible()
    page.locator("#repeats").fill("1")
    page.locator("#repeats").press("Control+Enter")
    page.wait_for_url("**/experiments/exp_*/")
    verdict = page.locator("#verdict-1")
    expect(verdict).to_contain_text("Based on 12 rows.", timeout=LONG)
    expect(page.get_by_role("grid", name="Rows and variants")).to_be_visible()
    first = page.locator(".matrix .cell").first
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cell-1-B")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#cell-2-B")).to_be_focused()
    page.keyboard.press("Enter")
    cell = page.locator("#cell-dialog #cell")
    expect(cell.locator(".outcomes")).to_be_visible()
    expect(cell.locator(".cell-thread")).to_contain_text("It is Paris")
    page.keyboard.press("Escape")
    expect(page.locator("#cell-2-B")).to_be_focused()
    audit(page)
    audit(open_page(page.locator("#cell-1-A").evaluate("link => link.href")))
    audit(open_page(f"{page.url}charts/"), sizes=((1440, 900), (360, 740)))
    audit(open_page(f"{page.url}variants/0/"), sizes=((1440, 900),))
    grade_by_keyboard(page)


def test_a_double_click_on_start_creates_one_experiment(site: LiveSite, open_page: Open) -> None:
    test_set = sample_set(site)["set_id"]
    page = open_page(f"{site.url}/p/{site.project_id}/experiments/new/?set={test_set}")
    for place in range(2):
        page.locator(f"#assistant-{place}").select_option("")
        page.locator(f"#model-{place}").fill(f"scripted-{place + 1}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    # The second click comes while the server still works on the first.
    twice = "button => setTimeout(() => { button.click(); setTimeout(() => button.click(), 60) })"
    page.get_by_role("button", name="Start").evaluate(twice)
    page.wait_for_url("**/experiments/exp_*/")
    assert sent.count(f"POST {site.url}/p/{site.project_id}/experiments/new/") == 1
    # Its cells must not take the replies of later tests.
    expect(page.locator("#verdict-1")).to_contain_text("Based on", timeout=LONG)


def grade_by_keyboard(page: Page) -> None:
    """Grade the first rows of the experiment that the page shows, and undo it."""
    page.get_by_role("main").get_by_role("link", name="Grade replies").click()
    main = page.get_by_role("main")
    expect(main.get_by_role("status")).to_contain_text("12 rows")
    main.get_by_role("button", name="Take the next row").click()
    row = main.locator("#grading-row")
    expect(row).to_have_text("Row 1")
    page.keyboard.press("4")
    graded = main.get_by_text("4 of 5", exact=True)
    expect(graded).to_have_count(1)
    audit(page, sizes=((1440, 900), (360, 740)))
    page.keyboard.press("2")
    expect(row).to_have_text("Row 2")
    page.keyboard.press("b")
    expect(row).to_have_text("Row 3")
    page.keyboard.press("=")
    expect(row).to_have_text("Row 4")
    page.keyboard.press("a")
    expect(row).to_have_text("Row 5")
    for number in (4, 3, 2, 1):
        page.keyboard.press("u")
        expect(row).to_have_text(f"Row {number}")
    expect(graded).to_have_count(1)
