"""Readers of two time zones see times of their own, and the same days of the project."""

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import expect_status, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite, wait_until

TOKYO, ST_JOHNS = ("de-DE", "Asia/Tokyo"), ("en-US", "America/St_Johns")
AT = "2026-11-28T23:08:46.123Z"
# Whether a frame was painted with a time as the server writes it.
WATCH = """() => {
  window.frames_in_utc = [];
  (function look() {
    const times = document.querySelectorAll("#items time, #run-choice option:checked")
    const seen = [...times].map((time) => time.textContent).find((text) => text.includes("UTC"))
    if (seen) frames_in_utc.push(seen)
    requestAnimationFrame(look)
  })()
}"""

OpenIn = Callable[[tuple[str, str]], Page]


def in_database(site: LiveSite, statement: str, *values: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        connection.execute(statement.encode(), values)


def zone_of(site: LiveSite) -> str:
    with psycopg.connect(site.database_url) as connection:
        [(name,)] = connection.execute(
            "SELECT time_zone FROM project WHERE id = %s", [site.project_id]
        )
    return str(name)


@pytest.fixture
def no_zone_yet(site: LiveSite) -> Iterator[None]:
    """The project as before its first visit. The zone of other tests' browser comes back after."""
    before = zone_of(site)
    in_database(site, "UPDATE project SET time_zone = ''")
    yield
    in_database(site, "UPDATE project SET time_zone = %s", before)


@pytest.fixture
def open_in(browser: Browser, site: LiveSite) -> Iterator[OpenIn]:
    """Opens a tab of a reader with this language and time zone, who is signed in."""
    contexts = []
    faults: list[str] = []

    def open_tab(reader: tuple[str, str]) -> Page:
        locale, zone = reader
        context = browser.new_context(
            locale=locale, timezone_id=zone, viewport={"width": 1440, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        site.sign_in(page)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def thread(site: LiveSite, client: OpenAI, provider: ScriptedProvider, assistant: Assistant) -> str:
    """A thread of one late evening in London, whose run has used tokens."""
    provider.enqueue(Reply(text="It is 11 degrees.", usage=(1200, 34)))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "How warm?"}]}
    )
    for table in ("message", "run"):
        where = "run_id = %s" if table == "message" else "id = %s"
        in_database(site, f"UPDATE {table} SET created_at = %s WHERE {where}", AT, run.id)
    return run.thread_id


def test_the_first_visit_names_the_zone_and_later_ones_keep_it(
    site: LiveSite, no_zone_yet: None, open_in: OpenIn
) -> None:
    page = open_in(TOKYO)
    # The page that follows the sign-in names the zone too. Here another page is the first visit.
    wait_until(lambda: zone_of(site) == "Asia/Tokyo")
    in_database(site, "UPDATE project SET time_zone = ''")
    with page.expect_response("**/time-zone/detected/") as named:
        page.goto(f"{site.url}/p/{site.project_id}/usage/")
    assert named.value.status == 204
    # The page that was counted in UTC is loaded again.
    expect(page.locator("[data-days]")).to_contain_text("Days in Asia/Tokyo")
    other = open_in(ST_JOHNS)
    other.goto(f"{site.url}/p/{site.project_id}/usage/")
    expect(other.locator("[data-days]")).to_contain_text("Days in Asia/Tokyo")
    assert zone_of(site) == "Asia/Tokyo"


def test_times_are_the_readers(site: LiveSite, thread: str, open_in: OpenIn) -> None:
    for reader, time, tooltip in (
        (TOKYO, "08:08", "Sonntag, 29. November 2026 um 08:08:46 GMT+09:00, Asia/Tokyo"),
        (
            ST_JOHNS,
            "7:38 PM",
            "Saturday, November 28, 2026 at 7:38:46 PM GMT-03:30, America/St_Johns",
        ),
    ):
        page = open_in(reader)
        page.goto(f"{site.url}/p/{site.project_id}/playground/?t={thread}")
        moment = page.locator("#items .msg:not(.user) time")
        expect(moment).to_have_text(time)
        expect(moment).to_have_attribute("datetime", "2026-11-28T23:08:46Z")
        shown = re.sub(r"\s", " ", moment.get_attribute("title") or "")
        assert re.sub(r"\b0(?=\d:)", "", shown) == re.sub(r"\b0(?=\d:)", "", tooltip)


def test_days_are_the_projects(
    site: LiveSite, no_zone_yet: None, thread: str, open_in: OpenIn
) -> None:
    in_database(site, "UPDATE project SET time_zone = 'Asia/Tokyo'")
    drawn = []
    for zone in ("Asia/Tokyo", "America/St_Johns"):
        page = open_in(("en-US", zone))
        page.goto(f"{site.url}/p/{site.project_id}/usage/?from=2026-11-27&until=2026-11-30")
        expect(page.locator("canvas")).to_have_count(4)  # a local endpoint has a cost of 0
        expect(page.locator("[data-days]")).to_contain_text("Days in Asia/Tokyo")
        days = page.get_by_role("region", name="By day").locator("tbody th")
        assert "Nov 29, 2026" in days.all_inner_texts()
        drawn.append(page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))
    assert drawn[0] == drawn[1]


def test_without_script_times_say_that_they_are_in_utc(
    site: LiveSite, thread: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page)
    page.goto(f"{site.url}/p/{site.project_id}/playground/?t={thread}")
    expect(page.locator("#items .msg:not(.user) time")).to_have_text("23:08 UTC")
    context.close()


def test_times_that_arrive_later_are_never_painted_in_utc(
    site: LiveSite, assistant: Assistant, provider: ScriptedProvider, open_in: OpenIn
) -> None:
    page = open_in(TOKYO)
    page.goto(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")
    for question in ("One?", "Two?"):
        provider.enqueue(Reply(text="A few words, one after the other.", delay=0.02))
        write(page, question)
        page.wait_for_url("**t=thread_*")
        page.evaluate(WATCH)
        expect_status(page, "completed")
        expect(page.locator("#items .msg time").last).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(page.locator("#run-choice option").first).to_have_text(
        re.compile(r"^\s*\d\d:\d\d:\d\d · Completed")
    )
    assert page.evaluate("frames_in_utc") == []
