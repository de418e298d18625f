"""What people press and type before the page's scripts have come over a slow line."""

from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import agree, expect_kept
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite

PRESS = "button => button.click()"  # the page is not shown yet

Early = Callable[[str], tuple[Page, Callable[[], None]]]


@pytest.fixture
def early(open_page: Callable[[str], Page], site: LiveSite) -> Early:
    """Open a page whose modules don't come before the returned function is called."""

    def open_early(path: str) -> tuple[Page, Callable[[], None]]:
        page = open_page(f"{site.url}/p/{site.project_id}/settings/")
        held: list[Route] = []
        page.route("**/js/**", lambda route: held.append(route))
        page.route("**/js/{theme,forms/early,forms/under_way}*.js", lambda route: route.continue_())
        page.goto(f"{site.url}/p/{site.project_id}/{path}", wait_until="commit")

        def let_go() -> None:
            assert held
            page.unroute("**/js/**")
            for route in held:
                route.continue_()

        return page, let_go

    return open_early


def test_a_search_waits_for_the_scripts(client: OpenAI, early: Early) -> None:
    store = client.vector_stores.create(name="Searched early")
    page, let_go = early(f"vector-stores/{store.id}/")
    query = page.get_by_role("searchbox", name="Query")
    query.fill("harbour")
    query.press("Enter")
    let_go()
    expect(page.get_by_role("region", name="Results")).to_contain_text("No results.")
    expect(query).to_have_value("harbour")


def test_a_button_waits_for_the_scripts(client: OpenAI, early: Early) -> None:
    store = client.vector_stores.create(name="Deleted early")
    page, let_go = early(f"vector-stores/{store.id}/")
    page.get_by_role("main").get_by_role("button", name="Delete", exact=True).evaluate(PRESS)
    let_go()
    expect(page.get_by_role("alertdialog")).to_contain_text("Delete this vector store?")


def test_a_form_that_asks_first_waits_for_its_question(client: OpenAI, early: Early) -> None:
    assistant = client.beta.assistants.create(model="scripted", name="First")
    client.beta.assistants.update(assistant.id, name="Second")
    page, let_go = early(f"assistants/{assistant.id}/versions/")
    page.get_by_role("button", name="Publish v1 again").evaluate(PRESS)
    let_go()
    agree(page, "Cancel")
    assert client.beta.assistants.retrieve(assistant.id).name == "Second"


def test_a_text_that_is_typed_before_the_scripts_filters(client: OpenAI, early: Early) -> None:
    for name in ("Ferryman", "Lighthouse keeper"):
        client.beta.assistants.create(model="scripted", name=name)
    page, let_go = early("assistants/")
    page.get_by_role("searchbox", name="Name or ID").fill("Ferry")
    let_go()
    table = page.get_by_role("main").get_by_role("table")
    expect(table).to_contain_text("Ferryman")
    expect(table).not_to_contain_text("Lighthouse keeper")


def test_a_change_that_is_typed_before_the_scripts_is_saved(client: OpenAI, early: Early) -> None:
    assistant = client.beta.assistants.create(model="scripted", name="Unchanged")
    page, let_go = early(f"playground/?a={assistant.id}")
    page.locator("#f-name").fill("Changed early")
    let_go()
    expect_kept(page)
    page.reload()
    expect(page.locator("#f-name")).to_have_value("Changed early")


def test_a_message_that_is_sent_before_the_scripts_is_sent(
    client: OpenAI, early: Early, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Good morning."))
    assistant = client.beta.assistants.create(model="scripted", name="Early bird")
    page, let_go = early(f"playground/?a={assistant.id}")
    page.locator("#composer-box").fill("Are you there?")
    page.get_by_role("button", name="Run", exact=True).evaluate(PRESS)
    let_go()
    expect(page.locator("article .body").last).to_have_text("Good morning.")
    expect(page.locator("#composer-box")).to_have_value("")
