"""The table of a test set: keys, edits, pasted cells, and somebody else's edits."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.steps import slow_line
from tests.live import LiveSite

Open = Callable[[str], Page]


@pytest.fixture
def page(site: LiveSite, open_page: Open) -> Page:
    """The page of a new set with two rows."""
    page = open_page(f"{site.url}/p/{site.project_id}/tests/import/")
    page.get_by_label("Or paste the text").fill(
        "question,answer\nTwo plus two?,4\nCapital?,Paris\n"
    )
    page.get_by_role("button", name="Show what is in it").click()
    page.get_by_label("Name of the new set").fill("Mine")
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    page.wait_for_load_state()  # keys that come before the scripts are lost
    return page


def cell(page: Page, row: int, column: str) -> Locator:
    return page.locator(f"#grid tbody tr:nth-child({row}) [data-column='{column}']")


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
          document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def test_a_cell_is_edited_by_keyboard_and_stays(page: Page) -> None:
    page.locator("#grid td[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "variable:question")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("Three plus three?")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "variable:question")).to_have_text("Three plus three?")
    # The edit of one cell leads to the one below.
    expect(cell(page, 2, "variable:question")).to_be_focused()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(cell(page, 2, "variable:question")).to_have_text("Capital?")
    page.keyboard.press("Delete")
    expect(cell(page, 2, "variable:question")).to_have_text("")
    page.reload()
    expect(cell(page, 1, "variable:question")).to_have_text("Three plus three?")


def test_a_bad_value_stays_where_it_was_typed(page: Page) -> None:
    repeats = cell(page, 1, "repeats")
    repeats.focus()
    page.keyboard.type("many")
    page.keyboard.press("Tab")
    expect(repeats.get_by_role("alert")).to_have_text("Enter a whole number, or nothing.")
    expect(repeats.locator("textarea")).to_have_value("many")
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(repeats).to_have_text("3")


def test_cells_of_a_spreadsheet_are_pasted_and_new_rows_appear(page: Page) -> None:
    cell(page, 2, "message").focus()
    paste(page, '{{question}}!\tLargest "ocean"?\n"New\nrow"\tSpelt\n')
    expect(cell(page, 2, "variable:question")).to_have_text('Largest "ocean"?')
    expect(cell(page, 3, "message")).to_have_text("New\nrow")
    expect(cell(page, 3, "variable:question")).to_have_text("Spelt")
    expect(page.locator("#grid tbody tr")).to_have_count(4)


def test_a_new_row_is_typed_into_the_last_line(page: Page) -> None:
    last = cell(page, 3, "message")
    last.dblclick()
    page.keyboard.type("What is new?")
    page.keyboard.press("Enter")
    expect(cell(page, 3, "message")).to_have_text("What is new?")
    expect(page.locator("#grid tbody tr")).to_have_count(4)


def test_nobody_waits_for_the_answer_to_type_on(page: Page) -> None:
    slow_line(page)
    cell(page, 3, "message").focus()
    for text, key in (("One", "Enter"), ("Two", "Tab"), ("second", "")):
        page.keyboard.type(text)
        if key:
            page.keyboard.press(key)
    # Both rows are added by now, one after the other.
    expect(cell(page, 3, "message")).to_have_text("One")
    expect(cell(page, 4, "message")).to_have_text("Two")
    question = cell(page, 4, "variable:question")
    expect(question.locator("textarea")).to_be_focused()
    page.keyboard.type("!")
    page.keyboard.press("Enter")
    expect(question).to_have_text("second!")
    page.reload()
    expect(question).to_have_text("second!")
    expect(page.locator("#grid tbody tr")).to_have_count(5)


def test_somebody_elses_value_is_shown_and_one_of_both_stays(page: Page, open_page: Open) -> None:
    other = open_page(page.url)
    tags = cell(page, 1, "tags")
    for choice, kept in (("Keep theirs", "theirs"), ("Use mine", "mine")):
        tags.focus()
        page.keyboard.press("F2")
        page.keyboard.press("Control+A")
        page.keyboard.type("mine")
        other.reload()
        cell(other, 1, "tags").focus()
        other.keyboard.type("theirs" if choice == "Keep theirs" else "again")
        other.keyboard.press("Enter")
        expect(cell(other, 1, "tags")).to_have_text(
            "theirs" if choice == "Keep theirs" else "again"
        )
        page.keyboard.press("Enter")
        expect(tags.get_by_role("alert")).to_contain_text("has changed this row")
        page.get_by_role("button", name=choice).click()
        expect(tags).to_have_text(kept)
    page.reload()
    expect(tags).to_have_text("mine")


def test_edits_and_moves_are_taken_back_and_others_edits_appear(
    page: Page, open_page: Open
) -> None:
    question = cell(page, 1, "variable:question")
    question.focus()
    page.keyboard.press("Delete")
    expect(question).to_have_text("")
    page.keyboard.press("Alt+ArrowDown")
    expect(cell(page, 1, "variable:question")).to_have_text("Capital?")
    # The focus goes with the row.
    expect(cell(page, 2, "variable:question")).to_be_focused()
    page.keyboard.press("Control+Z")
    expect(cell(page, 2, "variable:question")).to_have_text("Capital?")
    page.keyboard.press("Control+Z")
    expect(question).to_have_text("Two plus two?")
    other = open_page(page.url)
    cell(page, 2, "tags").focus()
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    expect(cell(page, 2, "tags")).to_have_text("mine")
    # An edit that is open stays, and the news comes after it.
    cell(other, 2, "tags").focus()
    cell(other, 1, "tags").focus()
    other.keyboard.press("F2")
    other.evaluate("document.body.dispatchEvent(new Event('tests-changed', { bubbles: true }))")
    expect(cell(other, 1, "tags").locator("textarea")).to_be_focused()
    other.keyboard.press("Escape")
    expect(cell(other, 2, "tags")).to_have_text("mine")
    expect(cell(other, 1, "tags")).to_be_focused()
    # What somebody else has changed since isn't taken back.
    cell(other, 2, "tags").focus()
    other.keyboard.type("theirs")
    other.keyboard.press("Enter")
    expect(cell(other, 2, "tags")).to_have_text("theirs")
    cell(page, 2, "tags").focus()
    page.keyboard.press("Control+Z")
    expect(page.get_by_text("has changed this row in the meantime")).to_be_visible()


def test_a_phone_shows_rows_as_cards_with_a_page_each(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    expect(cell(page, 1, "variable:question")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    page.locator("#grid tbody tr th a").first.click()
    page.get_by_label("Place of the row, of 2").fill("2")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_label("Place of the row, of 2")).to_have_value("2")
    page.get_by_label("Tags, with commas").fill("phone")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_what_is_typed_while_changes_of_others_load_stays(page: Page) -> None:
    held: list[Route] = []
    page.route(page.url, lambda route: held.append(route))
    with page.expect_request(page.url):
        page.evaluate("document.dispatchEvent(new Event('tests-changed'))")
    tags = cell(page, 1, "tags")
    tags.focus()
    page.keyboard.type("many")
    with page.expect_response(page.url):
        held[0].continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    expect(tags.locator("textarea")).to_have_value("many")
    page.unroute(page.url)
    page.keyboard.press("Enter")
    expect(tags).to_have_text("many")


def test_a_paste_is_saved_whole_or_not_at_all_and_taken_back_whole(page: Page) -> None:
    rows = page.locator("#grid tbody tr")
    answer = cell(page, 1, "variable:answer")
    answer.focus()
    page.keyboard.type("four")
    page.keyboard.press("Enter")
    expect(answer).to_have_text("four")
    last = cell(page, 3, "message")
    last.focus()
    # An empty row of a spreadsheet is no row here.
    paste(page, "One?\tשלום 👋\n\t\n\nTwo?\t=1\n")
    expect(rows).to_have_count(5)
    expect(cell(page, 3, "variable:question")).to_have_text("שלום 👋")
    cell(page, 3, "message").focus()
    page.keyboard.press("Control+Z")
    # The rows that were pasted go, and the older edit stays.
    expect(rows).to_have_count(3)
    expect(answer).to_have_text("four")
    cell(page, 1, "repeats").focus()
    paste(page, "2\tlost")
    expect(page.get_by_text("The cells need more columns than there are.")).to_be_visible()
    expect(cell(page, 1, "repeats")).to_have_text("")


def test_checks_are_read_in_words_and_written_as_lines(page: Page) -> None:
    checks = cell(page, 1, "checks")
    checks.dblclick()
    page.keyboard.type('check: {"kind": "cites", "page": 2}')
    page.keyboard.press("Tab")
    expect(checks).to_have_text("Cites page 2")
    checks.focus()
    page.keyboard.press("F2")
    expect(checks.locator("textarea")).to_have_value('check:{"kind": "cites", "page": 2}')
    page.keyboard.press("Escape")
    expect(checks).to_have_text("Cites page 2")
    checks.focus()
    page.keyboard.press("Control+Z")
    expect(checks).to_have_text("")
