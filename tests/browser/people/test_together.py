"""Two and five people on one thread: what they see of it, of each other, and of a crash."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from statistics import median

import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import audit
from tests.browser.people.conftest import Team
from tests.browser.shell.test_web_process_killed import WATCH, expect_same, lags
from tests.browser.steps import write
from tests.conftest import CHROMIUM_OPTIONS, chromium
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

NAMES = ("Ann Archer", "Bob Baker", "Cem Çelik", "Dana Diaz", "Eve Ek")
# Slow enough for two cores that render it five times.
TEXT, DELAY = "Some **bold** words.\n\n" + " ".join(f"w{number}" for number in range(30)), 0.25
CALLS = [
    ToolCall("get_weather", f'{{"location": "{city}"}}', id=f"call_{city.lower()}")
    for city in ("Oslo", "Rome")
]


def expect_company(page: Page, *names: str, timeout: float = 15_000) -> None:
    if not names:
        expect(page.locator("#people")).to_be_empty(timeout=timeout)
        return
    label = f"Also here: {', '.join(names)}"
    expect(page.locator("#people button")).to_have_accessible_name(label, timeout=timeout)


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.timeout(240)
def test_all_browsers_show_the_same(
    count: int,
    people: Callable[..., list[Page]],
    client: OpenAI,
    assistant: Assistant,
    provider: ScriptedProvider,
) -> None:
    thread = client.beta.threads.create()
    names = NAMES[:count]
    pages = people(*names, thread_id=thread.id, assistant_id=assistant.id)
    for page, name in zip(pages, names, strict=True):
        expect_company(page, *(other for other in names if other != name))
        page.evaluate(WATCH)
    provider.enqueue(Reply(text=TEXT, delay=DELAY))
    write(pages[0], "Go")
    for page in pages:
        expect(page.locator("[data-run-status=completed]")).to_be_visible(timeout=30_000)
        expect(page.locator("article.msg .body").last).to_contain_text("w29")
    for page in pages[1:]:
        # Most words reach both within half a second. A busy machine may hold up the others.
        assert median(lags(pages[0], page)) < 500
        expect_same(page, pages[0])


@pytest.fixture
def other_browser(browser: Browser) -> Iterator[Browser]:
    """A browser with processes of its own."""
    other = browser.browser_type.launch(
        executable_path=chromium(), args=[*CHROMIUM_OPTIONS], handle_sigint=False
    )
    yield other
    with suppress(Exception):
        other.close()


def processes_of(browser: Browser) -> list[int]:
    """Return the ids of the processes that it has by now: that of the network begins late."""
    listed = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    return [process["id"] for process in listed["processInfo"]]


def test_a_killed_browser_disappears_and_the_others_stay(
    team: Team,
    other_browser: Browser,
    people: Callable[..., list[Page]],
    client: OpenAI,
    assistant: Assistant,
) -> None:
    thread = client.beta.threads.create()
    ann, bob = people("Ann Archer", "Bob Baker", thread_id=thread.id, assistant_id=assistant.id)
    eve = team.browser_of(team.add("Eve Ek"), other_browser)
    team.open(eve, thread.id, assistant.id)
    expect_company(ann, "Bob Baker", "Eve Ek")
    expect_company(eve, "Ann Archer", "Bob Baker")
    team.contexts.remove(eve.context)
    for process in processes_of(other_browser):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    expect_company(ann, "Bob Baker", timeout=5_000)
    expect_company(bob, "Ann Archer", timeout=5_000)


@pytest.mark.timeout(180)
def test_a_frozen_browser_disappears_within_seconds_and_comes_back(
    team: Team,
    other_browser: Browser,
    people: Callable[..., list[Page]],
    client: OpenAI,
    assistant: Assistant,
) -> None:
    thread = client.beta.threads.create()
    [ann] = people("Ann Archer", thread_id=thread.id, assistant_id=assistant.id)
    eve = team.browser_of(team.add("Eve Ek"), other_browser)
    team.open(eve, thread.id, assistant.id)
    expect_company(ann, "Eve Ek")
    processes = processes_of(other_browser)
    # Its connection stays open, as that of a machine which has lost its network or its power.
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        expect_company(ann, timeout=40_000)
        seconds = time.monotonic() - begin
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    assert 8 < seconds < 21
    expect_company(ann, "Eve Ek", timeout=40_000)
    expect_company(eve, "Ann Archer")


def test_people_at_the_same_assistant_and_on_other_pages(
    team: Team, people: Callable[..., list[Page]], client: OpenAI, assistant: Assistant
) -> None:
    one, two = client.beta.threads.create(), client.beta.threads.create()
    [ann] = people("Ann Archer", thread_id=one.id, assistant_id=assistant.id)
    [bob] = people("Bob Baker", thread_id=two.id, assistant_id=assistant.id)
    cem = team.browser_of(team.add("Cem Çelik"))
    cem.goto(f"{team.site.url}/p/{team.site.project_id}/playground/?a={assistant.id}")
    expect_company(ann, "Bob Baker", "Cem Çelik")
    expect_company(cem, "Ann Archer", "Bob Baker")
    button = ann.locator("#people button")
    expect(button.locator(".avatar")).to_have_text(["BB", "CÇ"])
    button.press("Enter")
    rows = ann.locator("#people-here li")
    expect(rows).to_have_text([r"BB Bob Baker at this assistant", "CÇ Cem Çelik at this assistant"])
    ann.keyboard.press("Escape")
    expect(button).to_be_focused()
    # Two tabs of one person are one person, and nobody sees themselves.
    again = bob.context.new_page()
    team.open(again, one.id, assistant.id)
    expect_company(again, "Ann Archer", "Cem Çelik")
    expect(rows).to_have_count(2)
    button.press("Enter")
    expect(rows.first).to_contain_text("in this thread")
    bob.goto(f"{team.site.url}/p/{team.site.project_id}/usage/")
    again.close()
    expect_company(ann, "Cem Çelik")
    expect_company(bob)


def test_the_company_is_accessible_and_has_room(
    team: Team, people: Callable[..., list[Page]], client: OpenAI, assistant: Assistant
) -> None:
    thread = client.beta.threads.create()
    ann, *_ = people(*NAMES, thread_id=thread.id, assistant_id=assistant.id)

    def opened(page: Page) -> None:
        expect(page.locator("#people button")).to_be_visible()
        page.locator("#people button").click()
        expect(page.locator("#people-here")).to_be_visible()

    audit(ann, opened)
    button = ann.locator("#people button")
    box = button.bounding_box()
    assert box
    assert box["height"] >= 24
    expect(button.locator(".avatar")).to_have_text(["BB", "CÇ", "DD", "+1"])
    expect(button.locator(".avatars")).to_have_attribute("title", re.compile("Bob Baker, .* Eve"))


def test_others_see_who_writes_an_output(
    people: Callable[..., list[Page]],
    client: OpenAI,
    assistant: Assistant,
    provider: ScriptedProvider,
) -> None:
    thread = client.beta.threads.create()
    ann, bob = people("Ann Archer", "Bob Baker", thread_id=thread.id, assistant_id=assistant.id)
    provider.enqueue(Reply(tool_calls=CALLS))
    write(ann, "Weather?")
    (hers, rome), (his, _) = (
        [page.locator(f'[data-id="{call.id}"] .as-raw textarea') for call in CALLS]
        for page in (ann, bob)
    )
    lines, others = (
        [page.locator(f'[data-id="{call.id}"] [data-writing]') for page in (ann, bob)]
        for call in CALLS
    )
    # Of two outputs in turn, others see the newer one, however soon it comes.
    rome.fill("hers too")
    hers.fill("hers")
    expect(lines[1]).to_have_text("Ann Archer is writing this output.")
    expect(lines[0]).to_be_empty()
    his.press_sequentially("his")
    expect(lines[0]).to_have_text("Bob Baker is writing this output.")
    # It ends some seconds after the last key, and nobody's text is touched.
    for line in (*lines, *others):
        expect(line).to_be_empty(timeout=20_000)
    expect(hers).to_have_value("hers")
    expect(rome).to_have_value("hers too")
    expect(his).to_have_value("his")


def test_lists_show_what_others_and_programs_make(
    people: Callable[..., list[Page]], client: OpenAI, assistant: Assistant
) -> None:
    thread = client.beta.threads.create()
    [ann] = people("Ann Archer", thread_id=thread.id, assistant_id=assistant.id)
    ann.locator("#composer-box").fill("a thought")
    ann.locator("#filter").focus()
    made = client.beta.assistants.create(model="scripted-1", name="Made by a program")
    expect(ann.locator("#assistants")).to_contain_text("Made by a program")
    client.beta.assistants.delete(made.id)
    expect(ann.locator("#assistants")).not_to_contain_text("Made by a program")
    expect(ann.locator("#filter")).to_be_focused()
    ann.get_by_role("button", name="Threads", exact=True).click()
    listed = ann.locator("#recent-threads a.item")
    expect(listed.first).to_have_attribute("aria-current", "page")
    other = client.beta.threads.create(messages=[{"role": "user", "content": "From a program"}])
    expect(listed.first).to_contain_text("From a program")
    client.beta.threads.delete(other.id)
    expect(ann.locator("#recent-threads")).not_to_contain_text("From a program")
    expect(ann.locator("#composer-box")).to_have_value("a thought")
