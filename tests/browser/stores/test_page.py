"""The page of a vector store in a real browser: an uploaded folder, filters and changes."""

from collections.abc import Callable
from pathlib import Path

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Locator, Page, expect

from tests.browser.stores.library import PATIENCE, SOUP
from tests.live import LiveSite

FILES = 12


def drop_folder(page: Page, area: Locator, folder: Path) -> None:
    """Drop a directory as a mouse does. Events from scripts can't contain directories."""
    box = area.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place})


def test_a_folder_comes_in_file_by_file_and_failed_ones_say_why(
    client: OpenAI, open_page: Callable[[str], Page], site: LiveSite, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    for number in range(FILES):
        inside = folder / "deep" if number % 2 else folder
        (inside / f"paper-{number}.md").write_text(f"{SOUP} It is number {number}.")
    (folder / "picture.zzz").write_bytes(bytes(range(200)))
    (folder / "empty.md").write_text("")
    (folder / ".hidden").write_text("nothing")
    store = client.vector_stores.create(name="Papers")
    page = open_page(f"{site.url}/p/{site.project_id}/vector-stores/{store.id}/")
    page.get_by_label("Chunking of new files").select_option("static")
    page.get_by_label("Max tokens").fill("200")
    page.get_by_label("Overlap").fill("0")
    files = page.locator("#store-files")
    drop_folder(page, page.locator(".drop"), folder)
    expect(page.get_by_role("button", name="Cancel uploads")).to_be_visible()
    expect(page.locator("[data-files] .chip.pending")).to_have_count(0, timeout=PATIENCE)
    expect(files.get_by_role("link", name=f"Ready {FILES}")).to_be_visible(timeout=PATIENCE)
    expect(files).to_contain_text(f"{FILES} ready · 2 failed")
    expect(files.get_by_role("link", name=f"All {FILES + 2}")).to_be_visible()
    files.get_by_role("link", name=f"Ready {FILES}").click()
    expect(page.locator(".chip.failed:visible")).to_have_count(0)
    files.get_by_role("link", name="Failed 2").click()
    expect(files.locator(".chip")).to_have_count(2)
    expect(files.locator(".chip").first).to_contain_text("File is empty.")
    expect(files.get_by_role("button", name="Index picture.zzz again")).to_have_count(0)
    files.get_by_role("button", name="Remove empty.md").click()
    expect(files.get_by_role("link", name="Failed 1")).to_be_visible()
    files.get_by_role("button", name="Remove failed").click()
    expect(files.locator(".chip")).to_have_count(FILES)  # all of them: none has failed
    expect(page.locator(".chip.failed")).to_have_count(0)
    listed = client.vector_stores.files.list(store.id, filter="completed")
    assert '"max_chunk_size_tokens": 200' in str(listed.data[0].to_json())


def test_a_store_is_filtered_changed_and_indexed_again(
    librarian: Assistant, open_page: Callable[[str], Page], site: LiveSite
) -> None:
    page = open_page(f"{site.url}/p/{site.project_id}/vector-stores/")
    page.get_by_role("link", name="Library").first.click()
    page.get_by_role("link", name="soup.md").click()
    page.get_by_role("button", name="Add row").click()
    page.get_by_role("textbox", name="Key", exact=True).fill("year")
    page.get_by_label("Value").fill("2024")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved")).to_be_visible()
    page.go_back()
    page.get_by_role("searchbox", name="Query").fill("Could you tell me what it needs?")
    page.get_by_text("Filter by attributes").click()
    page.get_by_label("Attribute", exact=True).fill("year")
    page.get_by_label("Operator").select_option("gte")
    page.locator(".filters-of").get_by_label("Value").fill("2000")
    page.get_by_label("Rewrite the query").check()
    page.keyboard.press("Enter")
    page.locator("#try-button").click()
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator("#hits")).to_contain_text("year=2024")
    page.get_by_label("Or enter the filter as JSON").fill('{"type": "like"}')
    page.locator("#try-button").click()
    expect(page.locator("#hits [role=alert]")).to_contain_text("Supported values are: 'eq'")
    page.get_by_label("Expires after").fill("400")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#e-s-days")).to_contain_text("Enter 365 or less.")
    page.get_by_label("Expires after").fill("7")
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Renamed")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.get_by_role("button", name="Re-index").click()
    expect(page.locator("#reindex")).to_contain_text("of 2 files re-indexed")
    expect(page.locator("#reindex")).not_to_contain_text("of 2 files", timeout=PATIENCE)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
