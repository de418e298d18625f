"""File search in a real browser: uploads, queries and citations."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.audit import audit
from tests.browser.steps import agree, drop, expect_status, publish, thread_html, write
from tests.browser.stores.library import HARBOUR, PATIENCE, SOUP
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite
from tests.sdk.steps import search_call, upload


def open_citation(page: Page) -> None:
    page.locator("a.cite").first.click()
    expect(page.locator("#citation-dialog mark")).to_be_visible()


@pytest.fixture
def library(librarian: Assistant, open_page: Callable[[str], Page], site: LiveSite) -> Page:
    """The playground with the librarian."""
    return open_page(f"{site.url}/p/{site.project_id}/playground/?a={librarian.id}")


LONG = "\n\n".join(
    f"Ships of the year {year} brought grain, salt and timber." for year in range(1860, 1940)
)
SCREENS: list[ViewportSize] = [
    {"width": 1440, "height": 900},
    {"width": 1920, "height": 1080},
    {"width": 1024, "height": 600},
    {"width": 390, "height": 844},
]


def test_the_action_of_a_citation_is_in_view_below_a_long_quote(
    library: Page, client: OpenAI, librarian: Assistant, provider: ScriptedProvider
) -> None:
    resources = librarian.tool_resources
    assert resources is not None
    assert resources.file_search is not None
    [store] = resources.file_search.vector_store_ids or []
    client.vector_stores.files.create_and_poll(
        vector_store_id=store, file_id=upload(client, "ships.md", LONG), poll_interval_ms=50
    )
    provider.enqueue(search_call("Which ships brought grain?"), Reply(text="Many【0:0†ships.md】."))
    write(library, "When?")
    library.wait_for_url("**t=thread_*")
    expect_status(library, "completed")
    for size in SCREENS:
        library.set_viewport_size(size)
        library.locator("article .cite").click()
        action = library.locator("#citation-dialog").get_by_role("link", name="Open in file")
        expect(action).to_be_in_viewport(ratio=1)
        library.keyboard.press("Escape")


def test_a_citation_opens_the_cited_text_in_the_file(
    library: Page, provider: ScriptedProvider
) -> None:
    text = "**It was built in 1907【0:0†harbour.md】**, not 【9:9†nothing.md】."
    provider.enqueue(search_call("When was the harbour built?"), Reply(text=text))
    write(library, "When?")
    library.wait_for_url("**t=thread_*")
    expect_status(library, "completed")
    card = library.locator("div.tool")
    expect(card.locator("summary").first).to_contain_text("Searched 2 files · 2 results in 2 files")
    expect(card).to_contain_text("When was the harbour built?")
    card.locator("summary").first.click()
    card.get_by_text("harbour.md").click()
    expect(card.locator(".quote").first).to_contain_text("built in 1907 by Ada Quux")
    card.get_by_text("harbour.md").click()
    body = library.locator("article .body").last
    expect(body).to_contain_text("not 【9:9†nothing.md】")
    streamed = thread_html(library)
    library.reload()
    expect(library.locator(".cite")).to_have_count(1)
    assert thread_html(library) == re.sub(r' open=""(?=><summary><span)', "", streamed)
    chip = library.get_by_role("link", name="Citation 1: harbour.md")
    chip.focus()
    library.keyboard.press("Enter")
    dialog = library.locator("#citation-dialog")
    expect(dialog).to_contain_text("built in 1907 by Ada Quux")
    expect(dialog).to_be_focused()
    expect(dialog).to_have_attribute("role", "dialog")
    expect(dialog.locator("mark")).to_contain_text("built in 1907 by Ada Quux")
    expect(dialog).to_contain_text("Result 1 of the search")
    audit(library, open_citation)
    library.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chip).to_be_focused()
    chip.click()
    expect(dialog.locator("mark")).to_be_visible()
    body.click(position={"x": 300, "y": 5})
    expect(dialog).to_be_hidden()
    chip.click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    expect(chip).to_be_focused()
    chip.click()
    dialog.get_by_role("link", name="Open in file").click()
    cited = library.locator("#cited-text")
    expect(cited).to_contain_text("built in 1907")
    expect(cited).to_be_in_viewport()
    expect(library.locator(".section-h")).to_contain_text("Result 1 of the search")
    audit(library)


def test_files_dropped_on_the_configuration_become_ready_or_say_why_not(
    page: Page, client: OpenAI
) -> None:
    page.get_by_role("switch", name="File search").check()
    panel = page.locator("#search-store")
    panel.get_by_role("button", name="New", exact=True).click()
    expect(panel.get_by_text("No files yet.")).to_be_visible()
    drop(page, "#search-store .drop", "harbour.md", HARBOUR)
    drop(page, "#search-store .drop", "picture.zzz", "\0\1\2\3" * 50)
    drop(page, "#search-store .drop", "empty.md", "")
    chips = panel.locator("#store-files .chip")
    expect(chips.filter(has_text="harbour.md")).to_contain_text("ready", timeout=PATIENCE)
    expect(chips.filter(has_text="picture.zzz")).to_contain_text(
        "aren't supported", timeout=PATIENCE
    )
    expect(chips.filter(has_text="empty.md")).to_contain_text("File is empty.")
    expect(panel).to_contain_text("1 ready · 2 failed")
    page.get_by_role("button", name="Remove picture.zzz from the vector store").click()
    expect(panel).to_contain_text("1 ready · 1 failed")
    panel.get_by_role("button", name="Remove failed").click()
    expect(chips).to_have_count(1)
    page.get_by_text("Search options").click()
    page.get_by_label("Max results").fill("4")
    publish(page)
    assistant = client.beta.assistants.list(limit=1).data[0]
    [tool] = assistant.tools
    assert tool.type == "file_search"
    assert tool.file_search is not None
    assert tool.file_search.max_num_results == 4
    resources = assistant.tool_resources
    assert resources is not None
    assert resources.file_search is not None
    [store] = resources.file_search.vector_store_ids or []
    assert client.vector_stores.retrieve(store).file_counts.completed == 1
    expect(chips).to_have_count(1)


def test_files_dropped_on_the_row_of_file_search_make_a_store(page: Page, client: OpenAI) -> None:
    switch, panel = page.get_by_role("switch", name="File search"), page.locator("#search-store")
    expect(switch).not_to_be_checked()
    drop(page, "label[for=f-search]", "harbour.md", HARBOUR)
    expect(switch).to_be_checked()
    expect(panel.locator("#store-files .chip")).to_contain_text("harbour.md", timeout=PATIENCE)
    expect(page.locator("#f-store")).to_have_value(re.compile("^vs_"))
    expect(page.locator("#f-store :checked")).to_have_text("harbour")
    # A second drop uses the same store, also while the switch is off.
    switch.uncheck()
    drop(page, "label[for=f-search]", "soup.md", SOUP)
    expect(switch).to_be_checked()
    expect(panel.locator("#store-files .chip")).to_have_count(2, timeout=PATIENCE)
    publish(page)
    resources = client.beta.assistants.list(limit=1).data[0].tool_resources
    assert resources is not None
    assert resources.file_search is not None
    [store] = resources.file_search.vector_store_ids or []
    assert client.vector_stores.retrieve(store).name == "harbour"


def test_a_file_of_a_message_is_searched(library: Page, provider: ScriptedProvider) -> None:
    drop(library, "#composer form", "note.txt", "The password of the cellar is Rumpelstilzchen.")
    tool = library.get_by_label("Tool for note.txt")
    expect(tool).to_have_value("file_search")
    provider.enqueue(
        search_call("password of the cellar"), Reply(text="It is in 【0:0†note.txt】.")
    )
    write(library, "Which?")
    library.wait_for_url("**t=thread_*")
    expect_status(library, "completed")
    expect(library.locator("div.tool")).to_contain_text("note.txt")
    expect(library.locator("article.user .chip")).to_contain_text("note.txt")
    library.get_by_role("button", name="Thread menu").click()
    library.get_by_role("button", name="Files in use").click()
    dialog = library.locator("#thread-files-dialog")
    expect(dialog.locator("section").nth(0)).to_contain_text("harbour.md")
    expect(dialog.locator("section").nth(1)).to_contain_text("note.txt")
    expect(dialog.locator("section").nth(2)).to_contain_text("note.txt")


def test_queries_are_tried_and_chunks_are_read(
    librarian: Assistant, open_page: Callable[[str], Page], site: LiveSite
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/vector-stores/")
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("searchbox", name="Query").fill("harbour built")
    page.keyboard.press("Enter")
    hit = page.locator(".hit").first
    expect(hit).to_contain_text("built in 1907 by Ada Quux")
    expect(hit).to_contain_text(re.compile(r"score [01]\.\d{3}"))
    expect(hit).to_contain_text(re.compile(r"meaning 0\.\d\d"))
    expect(hit).to_contain_text("words 100 %")
    for width in (360, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    hit.get_by_role("link").click()
    expect(page.locator(".hit").first).to_contain_text("tokens")
    audit(page)


def test_files_are_uploaded_and_deleted_in_their_list(
    open_page: Callable[[str], Page], site: LiveSite, tmp_path: Path
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/files/")
    drop(page, ".drop", "harvest.md", SOUP)
    row = page.locator("#file-list tr", has_text="harvest.md").first
    expect(row).to_contain_text("assistants")
    expect(page.locator("[data-files] .chip")).to_have_count(0)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("one.md", "two.md", ".hidden"):
        (folder / name).write_text(SOUP)
    page.locator("[webkitdirectory]").set_input_files(folder)
    for name in ("one.md", "two.md"):
        expect(page.locator("#file-list tr", has_text=name).first).to_be_visible()
    expect(page.locator("#file-list")).not_to_contain_text("hidden")
    before = page.locator("#file-list tr", has_text="harvest.md").count()
    row.get_by_role("button", name="Delete harvest.md").click()
    agree(page)
    expect(page.locator("#file-list tr", has_text="harvest.md")).to_have_count(before - 1)


def test_files_are_sorted_and_deleted_together(
    client: OpenAI, open_page: Callable[[str], Page], site: LiveSite
) -> None:
    for name, text in (("walk-b.md", "1"), ("walk-a.md", "12345"), ("walk-c.md", "123")):
        upload(client, name, text)
    page = open_page(f"{site.url}/p/{site.project_id}/files/?name=walk-")
    names = page.locator("#file-list tbody th")
    expect(names).to_have_text(["walk-c.md", "walk-a.md", "walk-b.md"])
    page.get_by_role("link", name="Name").click()
    expect(names).to_have_text(["walk-a.md", "walk-b.md", "walk-c.md"])
    page.get_by_role("link", name="Size").click()
    expect(names).to_have_text(["walk-a.md", "walk-c.md", "walk-b.md"])
    audit(page)
    delete = page.get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_disabled()
    page.get_by_label("Select walk-a.md").check()
    page.get_by_label("Select walk-b.md").check()
    expect(page.locator(".table-tools")).to_contain_text("2 selected")
    delete.click()
    expect(page.get_by_role("alertdialog")).to_contain_text("Delete 2 files?")
    expect(page.get_by_role("alertdialog")).to_contain_text("You can't undo this.")
    agree(page)
    expect(names).to_have_text(["walk-c.md"])
    expect(page.get_by_label("Select all files on this page")).to_be_focused()
    page.get_by_role("button", name="Delete walk-c.md").click()
    agree(page)
    expect(page.get_by_text("No files match your filters.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
