"""Checks of every screen: axe-core, overflow, console errors, weight, and use without scripts."""

import itertools
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import httpx2
import pytest
from django.test import Client, override_settings
from django.urls import resolve
from openai.types.shared_params import FunctionDefinition
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.audit import audit, audit_phone
from tests.browser.shell.routes import (
    AUDITED,
    OPENED_ELSEWHERE,
    PARTS,
    SCREENS,
    address,
    only_acts,
    routes,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, LiveSite, form_token
from tests.sdk.clients import sync_client

Open = Callable[[str], Page]

MESSAGE = "#items .msg header"
THREAD_MENU = "[popovertarget=thread-menu]"
CONFIGURATION, LOG = "[data-panel-tab=cfg]", "[data-panel-tab=logs]"
# Dialogs, menus and tabs of the main screen, with the buttons to press on a phone to open them.
DIALOGS = {
    # The actions of a message appear when somebody taps it.
    "edit_message": (MESSAGE, "#items [aria-label=Edit]"),
    "copy_message": (MESSAGE, "#items [aria-label='Send to another thread']"),
    "rerun_message": ("#items .msg:not(.user) header", "#items [aria-label=Re-run]"),
    "message_json": (MESSAGE, "#items [aria-label='Raw JSON']"),
    "add_to_tests": (MESSAGE, "#items [aria-label='Add to a test set']"),
    "mock_tab": ("[data-call] [popovertarget^=helps]", "[data-call] [data-dialog=mock-dialog]"),
    "thread_files": (THREAD_MENU, "#thread-menu [data-dialog=thread-files-dialog]"),
    "session": (THREAD_MENU, "#thread-menu [data-dialog=session-dialog]"),
    "share_thread": (THREAD_MENU, "#thread-menu [hx-get$='/share/']"),
    "thread_tree": (THREAD_MENU, "#thread-menu [data-dialog=message-dialog]"),
    "assistant_menu": ("[data-panel-tab=list]", "#assistants [popovertarget=row-menu]"),
    "import_assistants": (
        *(CONFIGURATION, "[popovertarget=assistant-menu]"),
        "#assistant-menu [data-dialog=import-dialog]",
    ),
    "edit_function": (CONFIGURATION, "#functions .fn [aria-label^=Edit]"),
    "run_step": (LOG, "#run-log [hx-get*='/steps/']"),
    "run_call": (LOG, "#run-log [hx-get*='/calls/']"),
    "log_events": (LOG, "[data-log-tab=events]"),
    "log_calls": (LOG, "[data-log-tab=calls]"),
}
RICH = """# Roots of $x^2 - 5x + 6$

They are **2** and `3`, since \\(x^2 - 5x + 6 = (x - 2)(x - 3)\\):

```python
print([root for root in range(9) if root**2 - 5 * root + 6 == 0])
```

| root | value |
|---|---:|
| first | 2 |

> See [a page](https://example.org) and {wide}.

1. one
   - nested
"""


@pytest.fixture(scope="module")
def rich(site: LiveSite, the_provider: ScriptedProvider) -> dict[str, str]:
    """A project with something of every kind, such as a rich reply and a waiting run."""
    the_provider.reset()
    client, _ = sync_client(site.base_url, API_KEY)
    # Those of other tests would be listed on the playground, and count as its weight.
    for left in list(client.beta.assistants.list(limit=100)):
        client.beta.assistants.delete(left.id)
    function: FunctionDefinition = {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {}},
    }
    assistant = client.beta.assistants.create(
        model="scripted-1", name="Math tutor", tools=[{"type": "function", "function": function}]
    )
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "x" * 300}])
    the_provider.enqueue(
        Reply(text=RICH.format(wide="y" * 300), reasoning="Let me think."),
        Reply(tool_calls=[ToolCall("get_weather", '{"location": "Paris"}')]),
    )
    first, run = (
        client.beta.threads.runs.create_and_poll(
            thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=50
        )
        for _ in range(2)
    )
    assert run.status == "requires_action"
    store = client.vector_stores.create(name="Everything")
    return {
        "project_id": site.project_id,
        "assistant_id": assistant.id,
        "thread_id": thread.id,
        "run_id": run.id,
        "other_run_id": first.id,
        "store_id": store.id,
        "token": "used",
        **sample_set(site),
        "tape_id": recorded_tape(site, run_id=first.id, thread_id=thread.id),
    }


def recorded_tape(site: LiveSite, *, run_id: str, thread_id: str) -> str:
    """Record a run. Return the ID of the tape."""
    with httpx2.Client(follow_redirects=True) as browser:
        site.sign_in_client(browser)
        url = f"{site.url}/p/{site.project_id}/tapes/new/"
        token = form_token(browser.get(url, params={"run": run_id}).text)
        body = {"thread": thread_id, "run_id": run_id, "name": "Weather"}
        made = browser.post(url, data={"csrfmiddlewaretoken": token, **body})
    return made.url.path.split("/")[-2]


def sample_set(site: LiveSite) -> dict[str, str]:
    """Add the sample set. Return the ID of the set, and the key of a row."""
    with httpx2.Client(follow_redirects=True) as browser:
        site.sign_in_client(browser)
        page = browser.get(f"{site.url}/p/{site.project_id}/tests/").text
        made = browser.post(
            f"{site.url}/p/{site.project_id}/tests/sample/",
            data={"csrfmiddlewaretoken": form_token(page)},
        )
    row = re.search(r'data-key="(row_\w+)"', made.text)
    assert row
    return {"set_id": made.url.path.split("/")[-2], "row_key": row[1]}


def test_every_route_is_known_here() -> None:
    gets = {str(item.name) for item in routes() if not only_acts(str(item.name))}
    assert gets == SCREENS.keys() | DIALOGS.keys() | PARTS | AUDITED | OPENED_ELSEWHERE


@pytest.mark.timeout(300)
def test_every_screen_passes_axe_and_fits(
    site: LiveSite, rich: dict[str, str], open_page: Open
) -> None:
    for name in (
        *("playground", "files", "vector_stores", "vector_store", "sign_in"),
        *("test_sets", "test_set", "test_row", "test_checks", "import_tests"),
        "publish_gate",
    ):
        audit(open_page(site.url + address(name, rich)))


def test_every_component_passes_axe_in_each_state(site: LiveSite, open_page: Open) -> None:
    assert Client().get("/styleguide/").status_code == 404
    with override_settings(DEBUG=True):
        html = Client().get("/styleguide/").content.decode()
    assert html.count("<section") >= 9
    page = open_page(f"{site.url}/sign-in/")
    page.route("**/styleguide/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{site.url}/styleguide/")
    audit(page, html=html)


def test_every_panel_of_a_phone_passes_axe(
    site: LiveSite, rich: dict[str, str], open_page: Open
) -> None:
    page = open_page(site.url + address("playground", rich))
    for panel in ("list", "cfg", "logs"):
        audit(page, partial(show_panel, panel=panel), sizes=((360, 740),))


@pytest.mark.timeout(300)
def test_every_dialog_of_the_main_screen_passes_axe_and_fits_a_phone(
    site: LiveSite, rich: dict[str, str], open_page: Open
) -> None:
    page = open_page(site.url + address("playground", rich))
    audit_phone(
        page, {name: partial(press, name=name, steps=steps) for name, steps in DIALOGS.items()}
    )
    plug = partial(press, name="endpoints", steps=(".rail [data-dialog=endpoint-dialog]",))
    audit(page, plug, sizes=((1440, 900),))


def press(page: Page, name: str, steps: tuple[str, ...]) -> None:
    """Press these buttons in turn. The last one makes the route of this name respond."""

    def is_of_route(answer: Response) -> bool:
        path = urlsplit(answer.url).path
        return "/p/" in path and resolve(path).url_name == name

    expect(page.locator("#connection")).to_contain_text("Live")
    for step in steps[:-1]:
        page.locator(step).first.click()
    with page.expect_response(is_of_route) as answer:
        page.locator(steps[-1]).first.click()
    assert answer.value.ok
    answer.value.finished()
    page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(done)))")


def show_panel(page: Page, panel: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(f"[data-panel-tab={panel}]").click()
    expect(page.locator(f"#{panel}")).to_be_visible()


def test_no_screen_fails_or_overflows_in_large_text_or_from_right_to_left(
    site: LiveSite, rich: dict[str, str], open_page: Open
) -> None:
    page = open_page(site.url)
    too_wide = []
    for name in SCREENS:
        if name in ("sign_in", "styleguide"):
            continue
        page.goto(site.url + address(name, rich))
        for change, width in itertools.product(
            ("style.fontSize = '200%'", "dir = 'rtl'"), (360, 1440)
        ):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(f"document.documentElement.{change}")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((name, change, width))
            page.evaluate(
                "document.documentElement.style.fontSize = document.documentElement.dir = ''"
            )
    assert too_wide == []


def test_a_cold_playground_is_light(
    site: LiveSite, rich: dict[str, str], context: BrowserContext, browser: Browser
) -> None:
    cold = browser.new_context(storage_state=context.storage_state())
    answers: list[Response] = []
    page = cold.new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(site.url + address("playground", rich))
    expect(page.locator("#connection")).to_contain_text("Live")
    page.evaluate("document.fonts.ready.then(() => true)")
    weights: Counter[str] = Counter()
    loaded = [
        answer
        for answer in answers
        if "/katex/" not in answer.url and answer.request.resource_type != "fetch"
    ]
    for answer in loaded:
        body = answer.request.sizes()["responseBodySize"]
        weights[answer.request.resource_type] += body
    assert {urlsplit(answer.url).netloc for answer in loaded} == {urlsplit(site.url).netloc}
    assert weights["script"] <= 45_000
    assert weights["stylesheet"] <= 20_000
    assert weights.total() <= 180_000
    assert len(loaded) <= 20, [answer.url for answer in loaded]
    for answer in loaded:
        if "/static/" in answer.url and answer.request.resource_type in ("script", "stylesheet"):
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["content-encoding"] in ("br", "gzip")
    cold.close()


def test_lists_and_threads_are_read_without_javascript(
    site: LiveSite, rich: dict[str, str], context: BrowserContext, browser: Browser
) -> None:
    plain = browser.new_context(storage_state=context.storage_state(), java_script_enabled=False)
    page = plain.new_page()
    page.goto(site.url + address("playground", rich))
    expect(page.locator("#items")).to_contain_text("They are 2 and 3")
    expect(page.locator("#assistants")).to_contain_text("Math tutor")
    page.goto(site.url + address("threads", rich))
    page.locator("tbody th a").first.click()
    expect(page.locator("#items")).to_contain_text("They are 2 and 3")
    plain.close()
