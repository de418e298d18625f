"""Long lists in a real browser: two tabs, pages, filters, and one stop of the Tab key each."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.browser.shell.many_things import many_things
from tests.live import LiveSite

Open = Callable[[str], Page]
TABS_TO_CONFIGURATION = 12


@pytest.fixture(scope="module")
def filled(site: LiveSite) -> Iterator[str]:
    """The URL of a playground with 120 assistants and 80 threads."""
    with many_things(site, "list", assistants=120, threads=80) as url:
        yield url


@pytest.fixture
def six(site: LiveSite) -> Iterator[str]:
    """The URL of a playground with six assistants."""
    with many_things(site, "six", assistants=6, threads=1) as url:
        yield url


def focused_name(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('li, tr, body').innerText"))


def test_threads_are_a_tab_away_and_the_tab_is_remembered(filled: str, open_page: Open) -> None:
    page = open_page(filled)
    expect(page.get_by_role("list", name="Recent threads")).to_be_hidden()
    page.get_by_role("button", name="Threads", exact=True).click()
    newest = page.get_by_role("list", name="Recent threads").get_by_role("link").first
    expect(newest).to_contain_text("Talk 00080")
    box = newest.bounding_box()
    assert box is not None
    assert box["y"] < 200
    page.reload()
    expect(newest).to_be_visible()
    expect(page.get_by_role("list", name="Assistants")).to_be_hidden()
    page.get_by_role("button", name="Assistants", exact=True).click()
    expect(page.get_by_role("list", name="Assistants")).to_be_visible()


def test_a_list_is_one_stop_of_the_tab_key(filled: str, open_page: Open) -> None:
    page = open_page(filled)
    page.locator("#filter").focus()
    for _ in range(TABS_TO_CONFIGURATION):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('#cfg'))"):
            break
    else:
        pytest.fail("The list takes too many stops of the Tab key.")


def test_keys_go_through_the_rows_of_a_list(filled: str, open_page: Open) -> None:
    page = open_page(filled)
    page.locator("#assistants .item").first.focus()
    page.keyboard.press("ArrowDown")
    assert "Helper 119" in focused_name(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Actions for Helper 119")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert "Helper 120" in focused_name(page)
    page.keyboard.type("helper 11")
    assert "Helper 119" in focused_name(page)
    page.keyboard.press("End")
    assert "Helper 071" in focused_name(page)
    expect(page.locator("#assistants").get_by_text("Helper 060")).to_be_attached()
    page.keyboard.press("End")
    assert "Helper 021" in focused_name(page)
    page.keyboard.press("Home")
    assert "Helper 120" in focused_name(page)


def test_the_server_filters_lists_and_sends_them_in_pages(filled: str, open_page: Open) -> None:
    page = open_page(filled)
    rows = page.locator("#assistants .listed")
    expect(rows).to_have_count(50)
    page.locator("#filter").fill("helper 00")
    expect(rows).to_have_count(9)
    page.get_by_role("button", name="Threads", exact=True).click()
    page.locator("#thread-filter").fill("talk 0007")
    talks = page.locator("#recent-threads .item")
    expect(talks).to_have_count(10)
    expect(talks.first).to_contain_text("Talk 00079")


def test_the_chosen_assistant_is_listed_wherever_it_is(filled: str, open_page: Open) -> None:
    oldest = f"asst_list{1:020}"
    page = open_page(f"{filled}?a={oldest}&t=thread_list{1:020}")
    chosen = page.locator("#assistants [aria-current]")
    expect(chosen).to_contain_text("Helper 001")
    expect(chosen).to_be_in_viewport()
    choice = page.locator("#next-choice")
    expect(choice).to_have_value(oldest)
    # The page has the first names only, and the rest before the choice opens.
    expect(choice.locator("option")).to_have_count(51)
    choice.focus()
    expect(choice.locator("option", has_text="Helper 002")).to_be_attached()
    expect(choice).to_have_value(oldest)
    page.get_by_role("button", name="Threads", exact=True).click()
    expect(page.locator("#recent-threads [aria-current]")).to_contain_text("Talk 00001")


def test_assistants_are_sorted_renamed_pinned_archived_and_deleted(
    six: str, open_page: Open
) -> None:
    page = open_page(six.replace("playground", "assistants"))
    audit(page)
    names = page.locator("tbody th a")
    expect(names.first).to_have_text("Helper 006")
    page.get_by_role("link", name="Name", exact=True).click()
    page.wait_for_url("**/assistants/?sort=name")
    expect(names.first).to_have_text("Helper 001")

    first = page.locator("tbody tr").first
    first.get_by_role("button", name="Rename “Helper 001”").click()
    page.keyboard.type("Zoe")
    page.keyboard.press("Enter")
    expect(names.last).to_have_text("Zoe")
    expect(page.get_by_role("button", name="Rename “Zoe”")).to_be_focused()

    page.get_by_role("button", name="Pin “Helper 004”").click()
    expect(page.get_by_role("button", name="Pin “Helper 004”")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_label("Select “Helper 002”").check()
    page.get_by_label("Select “Helper 003”").check()
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("2 assistants archived.")).to_be_visible()
    assert names.all_inner_texts() == ["Helper 004", "Helper 005", "Helper 006", "Zoe"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 assistants restored.")).to_be_visible()

    page.get_by_label("Select “Helper 002”").check()
    page.get_by_label("Select “Helper 003”").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Delete 2 assistants?")
    asked.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 assistants deleted.")).to_be_visible()
    expect(names).to_have_count(4)

    page.goto(six)
    expect(page.locator("#assistants .item").first).to_contain_text("Helper 004")


def test_filters_act_at_once_and_back_undoes_them(filled: str, open_page: Open) -> None:
    page = open_page(filled.replace("playground", "threads"))
    found = page.locator("tbody tr")
    expect(found).to_have_count(25)
    page.get_by_label("From").fill("2001-01-01")
    page.wait_for_url("**/threads/?from=2001-01-01")
    page.get_by_label("Metadata").fill("title=Talk 00012")
    page.wait_for_url("**/threads/?metadata=title%3DTalk+00012&from=2001-01-01")
    expect(found).to_have_count(1)
    expect(page.get_by_label("Metadata")).to_be_focused()
    page.go_back()
    page.wait_for_url("**/threads/?from=2001-01-01")
    expect(page.get_by_label("Metadata")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("From")).to_have_value("")
    expect(found).to_have_count(25)
    page.get_by_label("Metadata").fill("title")
    expect(page.get_by_text("Enter a key and a value, such as customer=42.")).to_be_visible()
