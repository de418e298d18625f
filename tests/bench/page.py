"""The playground in Chromium: first paint, and how free it stays while a reply streams in."""

import json
import shutil
import urllib.request
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench.measures import Row
from tests.conftest import BROWSERS, CHROMIUM_OPTIONS
from tests.live import LiveSite

TOKENS, PER_SECOND = 1200, 150
PER_COLUMN = 50  # tokens per second in each of the columns of a comparison
COLUMNS = 4
KEYS = 40
# What the browser itself measures, from the first paint on.
OBSERVE = """
window.seen = {lcp: 0, cls: 0, task: 0, events: {}};
const watch = (type, take, more) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({type, buffered: true, ...more});
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration); });
watch("event", ({interactionId: id, duration}) => {
  if (id) seen.events[id] = Math.max(seen.events[id] ?? 0, duration);
}, {durationThreshold: 16});
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds, but for `cls`; `busy` is a share of the main thread's time."""

    lcp: float
    cls: float
    task: float
    interaction: float
    busy: float


def page_rows(site: LiveSite, provider_url: str) -> list[Row]:
    """Paint and shifts, throttled and not; then a stream of markdown, written into meanwhile."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_OPTIONS])
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.add_init_script(OBSERVE)
        site.sign_in(page)
        if page.locator(".empty").get_by_role("button", name="Blank").is_visible():
            page.locator(".empty").get_by_role("button", name="Blank").click()
            page.wait_for_url("**a=asst_*")
        _say(provider_url)
        streamed = _stream(page)
        opened = [_open(page, rate) for rate in (1, 4)]
        _say(provider_url, PER_COLUMN)
        compared = _compare(page, f"{site.url}/p/{site.project_id}/compare/new/")
        browser.close()
    return [
        ("largest contentful paint", f"{opened[0].lcp / 1000:.2f} s", "< 1.5 s"),
        ("the same, CPU throttled to a quarter", f"{opened[1].lcp / 1000:.2f} s", "< 2.5 s"),
        ("layout shift, panels as they were left", f"{opened[0].cls:.3f}", "< 0.05"),
        (
            f"interaction p95 while {PER_SECOND} tok/s stream in",
            f"{streamed.interaction:.0f} ms",
            "< 200 ms",
        ),
        ("longest task meanwhile", f"{streamed.task:.0f} ms", "< 200 ms"),
        ("main thread busy meanwhile", f"{100 * streamed.busy:.0f} %", "< 20 %"),
        (
            f"interaction p95 while {COLUMNS} columns stream {PER_COLUMN} tok/s each",
            f"{compared.interaction:.0f} ms",
            "< 200 ms",
        ),
        ("main thread busy meanwhile", f"{100 * compared.busy:.0f} %", "< 25 %"),
    ]


def _say(provider_url: str, rate: int = PER_SECOND) -> None:
    """Paragraphs, lists and code, one word at a time."""
    words = "## Head\n\nSome **bold** words in a row,\n\n- one `x`\n- two\n\n```py\nx = 1\n```\n\n"
    pieces = (
        [f"{word} " for word in words.split(" ")] + ["and so on " for _ in range(30)] + ["\n\n"]
    )
    chunks = [pieces[number % len(pieces)] for number in range(TOKENS)]
    body = json.dumps({"chunks": chunks, "delay": 1 / rate}).encode()
    url = f"{provider_url.removesuffix('/v1')}/control/default"
    urllib.request.urlopen(urllib.request.Request(url, body)).close()


def _stream(page: Page) -> Seen:
    page.locator("#composer-box").fill("Go")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**t=thread_*")
    page.locator(".msg:not(.user) h2").first.wait_for()
    seen = _type(page)
    assert page.locator("[data-stop]").count(), "the stream ended before the measurement"
    page.locator("[data-run-status=completed]").wait_for()
    return seen


def _compare(page: Page, url: str) -> Seen:
    """Columns of a new comparison that stream at once."""
    page.goto(url)
    for count in range(2, COLUMNS):
        page.get_by_role("button", name="Add a column").click()
        page.locator(f".compare-column-form >> nth={count}").wait_for()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/cmp_*/")
    page.locator("#compare-box").fill("Go")
    page.keyboard.press("Control+Enter")
    page.locator(f".msg:not(.user) h2 >> nth={COLUMNS - 1}").wait_for()
    seen = _type(page)
    working = page.locator(".compare-status").count()
    assert working == COLUMNS, "a stream ended before the measurement"
    return seen


def _type(page: Page) -> Seen:
    """What a person notices who types meanwhile."""
    line = page.context.new_cdp_session(page)
    line.send("Performance.enable")
    page.evaluate("seen.task = 0; seen.events = {}")
    before = _times(line)
    for _ in range(KEYS):
        page.keyboard.press("x")
        page.wait_for_timeout(100)
    after = _times(line)
    busy = (after["TaskDuration"] - before["TaskDuration"]) / (
        after["Timestamp"] - before["Timestamp"]
    )
    return _seen(page, busy)


def _open(page: Page, rate: int) -> Seen:
    """The thread anew, with a panel hidden and another resized."""
    page.evaluate("localStorage.setItem('width-list', 320); localStorage.setItem('hides', 'logs')")
    line = page.context.new_cdp_session(page)
    line.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.goto(page.url)
    page.locator("#connection.ok").wait_for()
    page.wait_for_timeout(1000)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return _seen(page, 0.0)


def _times(line: CDPSession) -> dict[str, float]:
    return {row["name"]: row["value"] for row in line.send("Performance.getMetrics")["metrics"]}


def _seen(page: Page, busy: float) -> Seen:
    seen = page.evaluate("seen")
    waits = sorted(seen["events"].values()) or [0.0]  # none took 16 ms
    return Seen(seen["lcp"], seen["cls"], seen["task"], waits[int(len(waits) * 0.95)], busy)
