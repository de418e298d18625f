"""Usage in a real browser: charts with the data of the tables, and no inline styles."""

import re
from collections.abc import Callable

from openai import OpenAI
from openai.types.beta import Assistant
from playwright.sync_api import Page, expect

from tests.browser.audit import audit
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

# Tokens, runs, cost and run times. An endpoint on this machine costs nothing, which is a cost.
CHARTS = 4
INK = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, place) => place % 4 === 3 && value > 0);
}"""


def test_runs_are_in_the_charts_and_the_tables(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    provider.enqueue(Reply(text="It is 11 degrees.", usage=(1200, 34)))
    client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "How warm?"}]}
    )
    page = open_page(f"{site.url}/p/{site.project_id}/usage/")
    expect(page.locator("canvas")).to_have_count(CHARTS)
    expect(page.locator(".tiles div").filter(has_text="Cost")).to_contain_text("$0.00")
    for canvas in page.locator("canvas").all():
        assert canvas.evaluate(INK)
    tutors = page.get_by_role("region", name="By assistant").get_by_role("row", name="Math tutor")
    expect(tutors.first).to_be_visible()
    audit(page)
    page.locator(f"th a[href*={assistant.id}]").click()
    runs = page.get_by_role("region", name="Runs")
    expect(runs.get_by_role("row", name="Completed")).to_have_count(1)
    with page.expect_download() as table:
        page.get_by_role("link", name="CSV").click()
    assert table.value.suggested_filename.endswith(".csv")
    page.get_by_role("link", name="Clear filter").click()
    expect(runs).to_have_count(0)

    page.get_by_role("button", name="Switch theme").click()
    expect(page.locator("canvas")).to_have_count(CHARTS)
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "page")
    page.get_by_label("From").fill("2020-01-01")
    page.get_by_label("Until").fill("2020-01-02")
    expect(page.get_by_role("heading", name="No runs in this period")).to_be_visible()
    page.go_back()
    expect(page.locator("canvas")).to_have_count(CHARTS)


def test_filters_act_at_once_and_the_dearest_run_is_found(
    site: LiveSite,
    client: OpenAI,
    provider: ScriptedProvider,
    assistant: Assistant,
    open_page: Callable[[str], Page],
) -> None:
    for tokens in (10, 9000, 20):
        provider.enqueue(Reply(text="Yes.", usage=(tokens, 1)))
        client.beta.threads.create_and_run_poll(
            assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Is it?"}]}
        )
    page = open_page(f"{site.url}/p/{site.project_id}/usage/")
    chosen = page.locator("#u-assistant")
    chosen.focus()
    chosen.select_option(assistant.id)
    runs = page.locator(".tiles dd").first
    expect(runs).to_have_text("3")
    expect(page).to_have_url(re.compile(f"assistant={assistant.id}"))
    expect(chosen).to_be_focused()
    expect(page.locator("canvas")).to_have_count(CHARTS)
    assert page.locator("canvas").first.evaluate(INK)
    expect(page.get_by_role("link", name="7 days")).to_have_attribute(
        "href", re.compile(assistant.id)
    )
    runs.get_by_role("link").click()
    table = page.get_by_role("region", name="Runs")
    expect(table.locator("tbody tr")).to_have_count(3)
    table.get_by_role("link", name="Tokens").click()
    expect(table.get_by_role("columnheader", name="Tokens")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(table.locator("tbody tr").first).to_contain_text("9,001")
    page.locator("#u-status").select_option("failed")
    expect(page.get_by_role("heading", name="No runs match the filter")).to_be_visible()
    page.go_back()
    expect(table.locator("tbody tr").first).to_contain_text("9,001")
    audit(page)
    table.locator("tbody tr a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run")
