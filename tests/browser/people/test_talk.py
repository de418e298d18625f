"""Comments, mentions and ratings in two browsers, by keyboard and on a phone."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from openai import OpenAI
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit import audit
from tests.browser.people.members import add_member, browser_of
from tests.browser.steps import slow_line
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite
from tests.sdk.clients import sync_client

Open = Callable[[str], Page]


@pytest.fixture
def client(site: LiveSite) -> OpenAI:
    return sync_client(site.base_url, API_KEY)[0]


@pytest.fixture
def thread(site: LiveSite, client: OpenAI, provider: ScriptedProvider) -> str:
    """The URL of a thread with a reply."""
    provider.enqueue(Reply(text="The pier was built in **1907**."))
    assistant = client.beta.assistants.create(
        model="scripted-1", name="Harbour guide", instructions="Be brief.\nBe kind."
    )
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "When?"}])
    client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=50
    )
    return f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}&t={thread.id}"


@pytest.fixture
def vera(browser: Browser, site: LiveSite, thread: str) -> Iterator[Page]:
    """The thread in the browser of a viewer."""
    context = browser_of(browser, add_member(site, "vera", "viewer"))
    page = context.new_page()
    page.goto(thread)
    expect(page.locator("#connection")).to_contain_text("Live")
    yield page
    context.close()


def opened(open_page: Open, thread: str) -> Page:
    page = open_page(thread)
    expect(page.locator("#connection")).to_contain_text("Live")
    return page


def write(page: Page, text: str) -> None:
    page.locator(".comment-form textarea").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-form")).to_have_count(0)


def test_a_conversation_in_two_browsers(thread: str, vera: Page, open_page: Open) -> None:
    page = opened(open_page, thread)
    reply, hers = (one.locator("article.msg:not(.user)") for one in (page, vera))
    reply.focus()
    page.keyboard.press("m")
    box = page.locator(".comment-form textarea")
    expect(box).to_be_focused()
    # The name is completed with the keyboard alone.
    page.keyboard.type("Is that so, @ve")
    option = page.get_by_role("option", name="vera")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(page.locator("#announce")).to_have_text("Members found: 1")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Is that so, @vera ")
    page.keyboard.type("<b>?")
    page.keyboard.press("Control+Enter")
    # It appears for both without a reload, and vera's bell rings.
    for one in (reply, hers):
        expect(one.locator(".said")).to_have_text("Is that so, @vera <b>?")
    expect(reply).to_be_focused()
    expect(vera.locator(".bell-count")).to_have_text("1")

    # What vera writes stays while others write.
    hers.get_by_role("button", name="Reply", exact=True).click()
    expect(vera.locator(".comment-form textarea")).to_be_focused()
    vera.keyboard.type("Half")
    page.keyboard.press("m")
    write(page, "Another one")
    expect(hers.locator(".said")).to_have_count(2)
    expect(vera.locator(".comment-form textarea")).to_have_value("Half")
    vera.keyboard.type(" done")
    vera.keyboard.press("Control+Enter")
    expect(reply.locator(".comment.reply .said")).to_have_text("Half done")
    expect(page.locator(".bell-count")).to_have_text("1")

    # The notice leads to the place.
    vera.locator(".bell").click()
    vera.get_by_role("button", name="mentioned you").click()
    vera.wait_for_url("**m=msg_*")
    expect(vera.locator(".bell-count")).to_have_count(0)
    expect(hers.locator(".said")).to_have_count(3)


def test_a_comment_is_sent_once_and_what_is_typed_meanwhile_is_the_next_one(
    thread: str, open_page: Open
) -> None:
    page = opened(open_page, thread)
    reply = page.locator("article.msg:not(.user)")
    reply.focus()
    page.keyboard.press("m")
    box = page.locator(".comment-form textarea")
    box.fill("First.")
    slow_line(page)
    for _ in "ab":
        page.keyboard.press("Control+Enter")
    page.keyboard.type("Second.")
    expect(reply.locator(".said")).to_have_text("First.")
    expect(box).to_have_value("Second.")
    page.keyboard.press("Control+Enter")
    expect(reply.locator(".said")).to_have_text(["First.", "Second."])
    expect(box).to_have_count(0)


def test_what_only_the_author_may_do(thread: str, vera: Page, open_page: Open) -> None:
    page = opened(open_page, thread)
    page.locator("article.msg:not(.user)").focus()
    page.keyboard.press("m")
    write(page, "First")
    vera.locator(".comments").get_by_role("button", name="More actions").click()
    entries = vera.locator("#row-menu button")
    expect(entries).to_have_text(["Copy link", "Resolve"])
    vera.keyboard.press("ArrowDown")
    vera.keyboard.press("Enter")
    expect(page.locator("details.conversation summary")).to_contain_text("Resolved by vera: First")

    page.locator("details.conversation summary").click()
    page.locator(".comments").get_by_role("button", name="More actions").click()
    expect(page.locator("#row-menu button")).to_have_text(["Copy link", "Reopen", "Edit", "Delete"])
    page.get_by_role("button", name="Edit", exact=True).last.click()
    expect(page.locator(".comment-form textarea")).to_have_value("First")
    write(page, "First, edited")
    vera.locator("details.conversation summary").click()
    expect(vera.locator(".said")).to_have_text("First, edited")
    page.locator(".comments").get_by_role("button", name="More actions").click()
    page.locator("#row-menu").get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(vera.locator(".comment")).to_have_count(0)


def test_comments_on_instructions_appear_for_others(
    thread: str, vera: Page, open_page: Open, site: LiveSite
) -> None:
    [assistant_id] = parse_qs(urlsplit(thread).query)["a"]
    url = f"{site.url}/p/{site.project_id}/assistants/{assistant_id}/versions/1/comments/"
    page = open_page(f"{url}?line=2")
    vera.goto(url)
    page.locator("#text-lines").fill("Why kind?")
    page.locator("#comment-form [type=submit]").click()
    line = vera.locator("#line-2")
    expect(line.locator(".said")).to_have_text("Why kind?")
    # A half-written answer stays where another one appears.
    line.get_by_role("button", name="Reply").click()
    line.locator(".comment-place textarea").fill("Becau")
    page.locator("#line-2").get_by_role("button", name="Reply").click()
    page.locator(".comment-place textarea").fill("Or honest?")
    page.keyboard.press("Control+Enter")
    expect(line.locator(".said")).to_have_text(["Why kind?", "Or honest?"])
    expect(line.locator(".comment-place textarea")).to_have_value("Becau")


def test_ratings_in_two_browsers(thread: str, vera: Page, open_page: Open) -> None:
    page = opened(open_page, thread)
    vera.locator("article.msg:not(.user)").focus()
    vera.keyboard.press("-")
    expect(vera.get_by_text("You rated this reply as bad.")).to_be_visible()
    rated = page.locator(".rated")
    expect(rated).to_have_accessible_name("Ratings: 0 good, 1 bad")
    vera.get_by_label("Note").fill("It was 1908.")
    vera.keyboard.press("Enter")
    expect(vera.locator(".rating-note")).to_have_count(0)
    rated.click()
    expect(page.locator("#message-dialog")).to_contain_text("It was 1908.")
    page.keyboard.press("Escape")
    page.locator("article.msg:not(.user)").focus()
    page.keyboard.press("+")
    expect(vera.locator(".rated")).to_have_accessible_name("Ratings: 1 good, 1 bad")
    # A question isn't rated.
    page.locator("article.msg.user").focus()
    page.keyboard.press("+")
    expect(page.locator(".msg.user .rating-note")).to_have_count(0)


def test_a_text_survives_a_reload_and_an_escape(thread: str, vera: Page, open_page: Open) -> None:
    page = opened(open_page, thread)
    page.locator("article.msg:not(.user)").focus()
    page.keyboard.press("m")
    expect(page.locator(".comment-form textarea")).to_be_focused()
    page.keyboard.type("Kept @")
    expect(page.get_by_role("listbox", name="Members")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Members")).to_be_hidden()
    expect(page.locator(".comment-form")).to_have_count(1)
    page.reload()
    expect(page.locator(".comment-form textarea")).to_have_value("Kept @")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".comment-form")).to_have_count(0)
    page.reload()
    expect(page.locator("#connection")).to_contain_text("Live")
    expect(page.locator(".comment-form")).to_have_count(0)


@pytest.mark.timeout(300)
def test_the_pages_pass_axe_and_fit(
    site: LiveSite, thread: str, vera: Page, open_page: Open
) -> None:
    page = opened(open_page, thread)
    page.locator("article.msg:not(.user)").focus()
    page.keyboard.press("m")
    write(page, "Look here, @vera, at this long " + "word" * 40)
    vera.get_by_role("button", name="Reply", exact=True).click()
    write(vera, "Yes")
    page.locator("article.msg:not(.user)").focus()
    page.keyboard.press("+")

    def talk(audited: Page) -> None:
        expect(audited.locator("#connection")).to_contain_text("Live")
        audited.get_by_role("button", name="Reply", exact=True).first.click()
        audited.locator(".comment-form textarea").fill("@")
        audited.keyboard.press("End")
        audited.keyboard.type("v")
        expect(audited.get_by_role("listbox", name="Members")).to_be_visible()

    audit(page, talk)
    assistant_id = thread.partition("?a=")[2].partition("&")[0]
    base = f"{site.url}/p/{site.project_id}"
    lines = f"{base}/assistants/{assistant_id}/versions/1/comments/?line=2"
    page.goto(lines)
    page.get_by_label("Comment", exact=True).fill("Why, @vera?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".said")).to_have_text("Why, @vera?")
    page.goto(lines)
    audit(page)
    vera.goto(f"{base}/notices/")
    audit(vera)


def test_a_conflict_is_solved_setting_by_setting(
    site: LiveSite, client: OpenAI, thread: str, open_page: Open
) -> None:
    page = open_page(thread)
    page.locator("#f-instructions").fill("Be long.")
    page.locator("#f-name").fill("My guide")
    expect(page.locator("#draft-state .saved")).to_contain_text("Draft saved")
    assistant_id = thread.partition("?a=")[2].partition("&")[0]
    client.beta.assistants.update(assistant_id, name="Their guide", temperature=0.5)
    page.keyboard.press("Control+s")
    dialog = page.locator("#publish-body")
    expect(dialog).to_contain_text("Version 2 was published by the API")
    expect(dialog).to_contain_text("Changed by both: name")
    dialog.get_by_role("link", name="Rebase my draft").click()
    audit(page)
    page.get_by_label("Take theirs").check()
    page.get_by_role("button", name="Apply to version 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My draft compared with version 2")
    page.get_by_role("button", name="Publish v3").click()
    page.wait_for_url("**a=asst_*")
    now = client.beta.assistants.retrieve(assistant_id)
    assert (now.name, now.instructions, now.temperature) == ("Their guide", "Be long.", 0.5)
