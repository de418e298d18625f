"""Pages of a project with 500 assistants, 10,000 threads, 1,000 files and a thread of 10,000
messages: how long the server takes, how free the browser stays, and how its memory grows.
"""

import shutil
import statistics
import time

import httpx2
import psycopg
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench.measures import Row
from tests.bench.page import OBSERVE
from tests.conftest import BROWSERS, CHROMIUM_OPTIONS
from tests.live import LiveSite
from tests.web.many_rows import EXPERIMENT, EXPERIMENT_ID, FILL, LONG_THREAD

LONG = "thread_9" + "1".zfill(20)
LONG_MESSAGES = 10_001
PAGES = {
    "the playground": "playground/",
    "the thread of 10,000 messages": f"playground/?t={LONG}",
    "its context": f"threads/{LONG}/context/?a=asst_9{2:020}",
    "the threads page": "threads/",
    "the threads page by cost": "threads/?sort=-cost",
    "the assistants page": "assistants/",
    "the files page": "files/",
    "usage": "usage/",
    "an experiment of 1,000 rows and 4 variants": f"experiments/{EXPERIMENT_ID}/",
    "its rows that got worse, page 3": f"experiments/{EXPERIMENT_ID}/?show=worse&page=3",
    "its times and costs": f"experiments/{EXPERIMENT_ID}/charts/",
}
ROUNDS = 15
STEP = """([id, by]) => {
    const box = document.getElementById("messages");
    box.scrollTop += by;
    return Boolean(document.getElementById(id));
}"""

POST = """async (url) => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
    return (await fetch(url, {method: "POST", headers})).status;
}"""


def size_rows(site: LiveSite) -> list[Row]:
    """Fill the site's project, and measure its pages."""
    _fill(site)
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_OPTIONS])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(OBSERVE)
        site.sign_in(page)
        cookies = {row["name"]: row["value"] for row in page.context.cookies()}
        with httpx2.Client(base_url=_project(site), cookies=cookies, timeout=120) as client:
            rows = [_server(client, name, path) for name, path in PAGES.items()]
        rows.append(_fork(page, site))
        rows += _interactions(page, site)
        rows += _memory(page, site)
        browser.close()
    return rows


def _project(site: LiveSite) -> str:
    return f"{site.url}/p/{site.project_id}/"


def _fill(site: LiveSite) -> None:
    with psycopg.connect(
        site.database_url, autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(FILL, {"project": site.project_id})
        connection.execute(LONG_THREAD)
        connection.execute(EXPERIMENT, {"project": site.project_id})
        connection.execute("ANALYZE message")


def _server(client: httpx2.Client, name: str, path: str) -> Row:
    took = []
    for number in range(ROUNDS + 2):
        begin = time.perf_counter()
        client.get(path).raise_for_status()
        if number > 1:  # the first ones fill caches
            took.append(1000 * (time.perf_counter() - begin))
    took.sort()
    figure = f"{statistics.median(took):.0f} ms, at most {took[-1]:.0f}"
    return f"500 assistants, 10,000 threads: {name}", figure, "< 300 ms"


def _fork(page: Page, site: LiveSite) -> Row:
    begin = time.perf_counter()
    assert page.evaluate(POST, f"{_project(site)}threads/{LONG}/fork/") == 200
    return "forking 10,000 messages", f"{time.perf_counter() - begin:.2f} s", "< 2 s"


def _interactions(page: Page, site: LiveSite) -> list[Row]:
    """A minute's use of the largest thread's page, by keys and clicks."""
    page.goto(f"{_project(site)}playground/?t={LONG}")
    page.locator("#connection.ok").wait_for()
    page.evaluate("seen.events = {}")
    for _ in range(3):
        _type(page, "#filter", "help")
        page.locator("[data-list-tab=threads]").click()
        _type(page, "#thread-filter", "harb")
        page.locator("[data-list-tab=assistants]").click()
        page.keyboard.press("Control+k")
        _type(page, "#palette-text", "helper 4")
        page.keyboard.press("Escape")
        page.locator("#messages").focus()
        for key in ("Home", "PageDown", "End", "PageUp"):
            page.keyboard.press(key)
            page.wait_for_timeout(500)
        _type(page, "#composer-box", "how deep is it")
    waits = sorted(page.evaluate("Object.values(seen.events)")) or [0]
    figure = f"{waits[int(len(waits) * 0.95)]:.0f} ms, at most {waits[-1]:.0f}"
    return [("interaction p95 at this size", figure, "< 200 ms")]


def _type(page: Page, field: str, text: str) -> None:
    page.locator(field).fill("")
    page.locator(field).press_sequentially(text, delay=60)
    page.wait_for_timeout(400)


def _memory(page: Page, site: LiveSite) -> list[Row]:
    """Memory of the tab after 1,000 messages, and after all of them."""
    page.goto(f"{_project(site)}playground/?t={LONG}")
    page.locator("#connection.ok").wait_for()
    line = page.context.new_cdp_session(page)
    line.send("Performance.enable")
    _scroll_up(page, 1000)
    first = _used(line)
    begin = time.perf_counter()
    _scroll_up(page, LONG_MESSAGES)
    took = time.perf_counter() - begin
    last = _used(line)
    figure = f"{first[0]:.1f} and {last[0]:.1f} MB; {first[1]:,} and {last[1]:,} nodes"
    return [
        ("memory of the tab after scrolling up 1,000 and 10,000 messages", figure, "flat"),
        ("scrolling up through all of them", f"{took:.0f} s", ""),
    ]


def _scroll_up(page: Page, count: int) -> None:
    """Scroll up until the message that is `count` before the end is there."""
    number = LONG_MESSAGES - count
    wanted = f"msg_9a{number:019}" if number else "msg_9" + "1".zfill(20)
    until = time.monotonic() + 600
    while not page.evaluate(STEP, [wanted, -2500]):
        assert time.monotonic() < until, "the messages didn't come"
        page.wait_for_timeout(30)


def _used(line: CDPSession) -> tuple[float, int]:
    line.send("HeapProfiler.collectGarbage")
    rows = {row["name"]: row["value"] for row in line.send("Performance.getMetrics")["metrics"]}
    return rows["JSHeapUsedSize"] / 1e6, int(rows["Nodes"])
