"""The page of a vector store in a real browser: a whole folder comes in, and is worked with."""

import os
from collections.abc import Callable
from pathlib import Path

from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_file_search import PATIENCE, SOUP, indexer
from tests.live import LiveSite

__all__ = ["indexer"]
FILES = int(os.environ.get("FILES", "40"))


def drop_folder(page: Page, area: Locator, folder: Path) -> None:
    """As a hand drops it: with a directory, of which a page's own events could not have one."""
    box = area.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place})


def see(page: Page, name: str) -> None:
    if os.environ.get("SHOTS"):
        for width in (1440, 360):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 1000})
                page.screenshot(
                    path=f"{os.environ['SHOTS']}/{name}-{width}-{scheme}.png", full_page=True
                )
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_folder_comes_in_and_is_worked_with(
    client: OpenAI, open_page: Callable[[str], Page], site: LiveSite, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    for number in range(FILES - 2):
        inside = folder / "deep" if number % 2 else folder
        (inside / f"paper-{number}.md").write_text(f"{SOUP} It is number {number}.")
    (folder / "picture.zzz").write_text("nothing")
    (folder / "empty.md").write_text("")
    (folder / ".hidden").write_text("nothing")
    store = client.vector_stores.create(name="Papers")
    page = open_page(f"{site.url}/p/{site.project_id}/vector-stores/{store.id}/")
    page.get_by_label("Chunks of new files").select_option("static")
    page.get_by_label("tokens at most").fill("200")
    page.get_by_label("shared").fill("0")
    files = page.locator("#store-files")
    drop_folder(page, page.locator(".drop"), folder)
    expect(page.get_by_role("button", name="Cancel uploads")).to_be_visible()
    import time

    t = time.time()
    while n := page.locator("[data-files] .chip.pending").count():
        print("PENDING", round(time.time() - t, 1), n, flush=True)
        page.wait_for_timeout(2000)
        if time.time() - t > 150:
            break
    print("UPLOADED", time.time() - t, flush=True)
    expect(page.locator("[data-files] .chip.pending")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("[data-files] .chip")).to_contain_text("File is empty.")
    expect(files.get_by_role("link", name=f"All {FILES - 1}")).to_be_visible(timeout=PATIENCE)
    expect(files).to_contain_text("in progress")
    see(page, "progress")
    expect(files.get_by_role("link", name=f"Ready {FILES - 2}")).to_be_visible(timeout=3 * PATIENCE)
    expect(files).to_contain_text("1 failed – ")
    files.get_by_role("link", name="Failed 1").click()
    expect(files.locator(".chip")).to_have_count(1)
    expect(files.locator(".chip")).to_contain_text("picture.zzz")
    files.get_by_role("button", name="Index picture.zzz again").click()
    expect(files).to_contain_text("in progress")
    expect(files.get_by_role("link", name="Failed 1")).to_be_visible(timeout=PATIENCE)
    listed = client.vector_stores.files.list(store.id, filter="completed")
    assert listed.data[0].chunking_strategy is not None
    assert "200" in listed.data[0].chunking_strategy.to_json()

    files.get_by_role("link", name=f"All {FILES - 1}").click()
    files.get_by_role("link", name="paper-7.md").click()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Key").fill("year")
    page.get_by_label("Value").fill("2024")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved")).to_be_visible()
    see(page, "file")
    page.go_back()

    page.get_by_role("searchbox", name="Query").fill("Could you tell me what the soup needs?")
    page.get_by_text("Filter by attributes").click()
    page.get_by_label("Attribute", exact=True).fill("year")
    page.get_by_label("Operator").select_option("gte")
    page.get_by_label("Value", exact=True).first.fill("2000")
    page.get_by_label("Rewrite the query").check()
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.locator("#hits")).to_contain_text("year=2024")
    expect(page.locator("#hits .query")).not_to_contain_text("Could you")
    page.get_by_label("Or the filter as JSON").fill('{"type": "like"}')
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#hits [role=alert]")).to_contain_text("filters")

    page.get_by_label("Expires after").fill("400")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#e-s-days")).to_contain_text("expires_after.days")
    page.get_by_label("Expires after").fill("7")
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Renamed")
    page.get_by_role("button", name="Re-index").click()
    expect(page.locator("#reindex")).to_contain_text(
        f"of {FILES - 2} files have their new passages"
    )
    see(page, "reindex")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
