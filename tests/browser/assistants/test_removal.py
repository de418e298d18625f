"""Rows that a button removes from the configuration."""

from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.assistants.function_dialog import names, open_with_functions
from tests.browser.steps import drop, expect_kept


def toast(page: Page) -> Locator:
    return page.locator("#toasts")


def double_click(page: Page, button: Locator) -> None:
    """Click twice at the button's place, whatever is there the second time."""
    button.hover()  # when it has stopped moving
    box = button.bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_deleted_function_comes_back_at_its_place(page: Page, client: OpenAI) -> None:
    before = ["get_weather", "send_email", "search_products"]
    open_with_functions(page, client, *before)
    page.get_by_role("button", name="Delete send_email").click()
    expect(names(page)).to_have_text([before[0], before[2]])
    expect(toast(page)).to_contain_text("Deleted send_email.")
    expect(page.get_by_role("button", name="Add function")).to_be_focused()
    expect_kept(page)
    toast(page).get_by_role("button", name="Undo").click()
    expect(names(page)).to_have_text(before)
    expect(toast(page)).not_to_contain_text("Deleted")
    expect(page.get_by_role("button", name="Delete send_email")).to_be_focused()
    expect(page.locator("#draft-state .saved")).to_have_text("No changes")
    page.reload()
    expect(names(page)).to_have_text(before)


def test_a_double_click_removes_one_function_and_each_has_its_undo(
    page: Page, client: OpenAI
) -> None:
    before = ["get_weather", "send_email"]
    open_with_functions(page, client, *before)
    double_click(page, page.get_by_role("button", name="Delete get_weather"))
    expect(names(page)).to_have_text(before[1:])
    page.get_by_role("button", name="Delete send_email").press("Enter")
    expect(names(page)).to_have_count(0)
    for _ in before:
        toast(page).get_by_role("button", name="Undo").first.click()
    expect(names(page)).to_have_text(before)


def test_a_double_click_removes_one_file_and_undo_brings_it_back(page: Page) -> None:
    page.get_by_label("Code interpreter", exact=True).check()
    chips = page.locator("#code-files .chip .name")
    for name in ("a.csv", "b.csv"):
        drop(page, "#code-files", name, "x")
    expect(page.locator("#code-files [name=file]")).to_have_count(2)
    expect(chips).to_have_count(2)
    expect_kept(page)
    first, second = chips.all_text_contents()
    double_click(page, page.get_by_role("button", name=f"Remove {first}"))
    expect(chips).to_have_text([second])
    expect_kept(page)
    toast(page).get_by_role("button", name="Undo").click()
    expect(chips).to_have_text([first, second])
    expect(page.locator("[data-file-count]").first).to_have_text("2")
    expect_kept(page)
