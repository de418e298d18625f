"""The code interpreter in a real browser: streams, files, and code that a person runs."""

import json
import re
from collections.abc import Callable

import pytest
from openai import OpenAI
from playwright.sync_api import Page, expect

from tests.browser.steps import agree, drop, expect_status, publish, thread_html, thread_id, write
from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import LiveSite

CHART = """import matplotlib.pyplot as plt
print("months", 2)
plt.plot([1, 3, 2])
plt.show()
open("/mnt/data/clean.csv", "w").write("month,sales\\nJan,10\\nMar,30\\n")
print("done")"""
LINK = "Here is the [clean table](sandbox:/mnt/data/clean.csv)."


@pytest.fixture(scope="session", autouse=True)
def interpreter(site: LiveSite) -> None:
    """The site's interpreter host."""
    site.start_interpreter()


@pytest.fixture
def coder(client: OpenAI, open_page: Callable[[str], Page], site: LiveSite) -> Page:
    """The playground with an assistant that has the code interpreter."""
    assistant = client.beta.assistants.create(
        model=MODEL, name="Analyst", tools=[{"type": "code_interpreter"}]
    )
    return open_page(f"{site.url}/p/{site.project_id}/playground/?a={assistant.id}")


def code(source: str, **options: object) -> Reply:
    """Return a reply in which the model calls the tool."""
    call = ToolCall("code_interpreter", json.dumps({"code": source}), id="call_1")
    return Reply(tool_calls=[call], **options)  # type: ignore[arg-type]


def run_code(page: Page, provider: ScriptedProvider, source: str, answer: str = "Done.") -> None:
    provider.enqueue(code(source), Reply(text=answer))
    write(page, "Compute")
    page.wait_for_url("**t=thread_*")
    expect_status(page, "completed")


def edit(page: Page) -> None:
    page.locator("div.tool summary").first.click()
    page.get_by_role("button", name="Edit and run again").click()


def test_code_streams_into_its_card_and_is_coloured_when_complete(
    coder: Page, provider: ScriptedProvider
) -> None:
    provider.enqueue(code(CHART, gate_after=6), Reply(text=LINK))
    write(coder, "Chart it")
    coder.wait_for_url("**t=thread_*")
    provider.wait_held()
    card = coder.locator("div.tool")
    expect(card).to_contain_text("import matplotlib")
    expect(card.locator(".badge")).to_have_text("writing")
    assert card.locator(".code code span").count() == 0
    coder.reload()
    expect(card).to_contain_text("import matplotlib")
    provider.release()
    expect_status(coder, "completed")
    expect(card.locator(".code code")).to_have_text(CHART)
    expect(card.locator(".code .hl-kn").first).to_have_text("import")
    summary = re.compile(r"Ran Python · \d\.\d\d s · 1 file\s*$")
    expect(card.locator("summary")).to_have_text(summary)
    expect(card.locator("pre.out").first).to_contain_text("months 2")
    expect(card.locator("img")).to_have_count(0)  # it's in the message
    expect(coder.locator("article .body img")).to_have_count(1)
    expect(card.locator(".chip")).to_contain_text("clean.csv")
    live = thread_html(coder)
    coder.reload()
    expect(card.locator("summary")).to_have_text(summary)
    assert thread_html(coder) == live


def test_an_image_opens_large_and_closes_by_keyboard(
    coder: Page, provider: ScriptedProvider
) -> None:
    run_code(coder, provider, CHART, LINK)
    zoom = coder.locator("article .body .zoom")
    zoom.focus()
    coder.keyboard.press("Enter")
    large = coder.locator("#preview-dialog img.large")
    expect(large).to_be_visible()
    expect(large).to_have_js_property("complete", True)
    assert large.evaluate("image => image.naturalWidth") > 100
    coder.keyboard.press("Escape")
    expect(coder.locator("#preview-dialog")).to_be_hidden()
    expect(zoom).to_be_focused()
    shown_in_message = coder.locator("article.msg:not(.user) .body img")
    expect(shown_in_message).to_have_count(1)
    assert shown_in_message.evaluate("image => image.naturalWidth") > 100


def test_files_are_previewed_and_downloaded(coder: Page, provider: ScriptedProvider) -> None:
    run_code(coder, provider, CHART, LINK)
    with coder.expect_download() as download:
        coder.locator("article .body a", has_text="clean table").click()
    assert download.value.suggested_filename == "clean.csv"
    assert download.value.path().read_text() == "month,sales\nJan,10\nMar,30\n"
    coder.locator("article .chip").get_by_role("button", name="Preview clean.csv").click()
    expect(coder.locator("#preview-dialog th")).to_have_text(["month", "sales"])
    expect(coder.locator("#preview-dialog tbody tr")).to_have_count(2)
    expect(coder.locator("#preview-dialog")).to_contain_text("2 rows")
    sales = coder.locator("#preview-dialog td.num")
    expect(sales).to_have_text(["10", "30"])
    expect(sales.first).to_have_css("text-align", "end")
    sort = coder.locator("#preview-dialog").get_by_role("button", name="sales")
    sort.press("Enter")
    expect(coder.locator("[aria-sort=ascending]")).to_have_count(1)
    expect(sort).to_be_focused()
    sort.press("Enter")
    expect(sales).to_have_text(["30", "10"])
    with coder.expect_download() as download:
        coder.locator("#preview-dialog").get_by_text("Download").click()
    assert download.value.suggested_filename == "clean.csv"


def test_code_is_edited_and_run_again_in_the_same_session(
    coder: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    run_code(coder, provider, "x = 20")
    edit(coder)
    box = coder.locator("#code-box")
    expect(box).to_have_value("x = 20")
    box.fill("print(x + 1)\nopen('/mnt/data/mine.txt', 'w').write('by hand')")
    box.press("Control+Enter")
    result = coder.locator(".by-hand")
    expect(result).to_contain_text("Run by you")
    expect(result).to_contain_text("21")
    expect(result.locator(".chip")).to_contain_text("mine.txt")
    with coder.expect_download() as download:
        result.get_by_role("link", name="Download mine.txt").click()
    assert download.value.path().read_text() == "by hand"
    box.fill("1 / 0")
    coder.get_by_role("button", name="Run code").click()
    expect(result).to_contain_text("ZeroDivisionError")
    expect(result.locator(".badge")).to_contain_text("error")
    coder.keyboard.press("Escape")
    expect(coder.get_by_role("alertdialog")).to_contain_text("Discard your changes?")
    coder.keyboard.press("Escape")
    expect(box).to_have_value("1 / 0")
    coder.locator("#code-dialog").get_by_role("button", name="Close").click()
    agree(coder, "Discard")
    expect(coder.locator("#code-dialog")).to_be_hidden()
    assert len(client.beta.threads.messages.list(thread_id(coder)).data) == 2
    assert len(provider.completions) == 2
    coder.get_by_role("button", name="Thread menu").click()
    coder.get_by_role("button", name="Session files").click()
    expect(coder.locator("#session-dialog .chip")).to_contain_text("mine.txt")


def test_code_that_a_person_runs_is_stopped_and_its_session_continues(
    coder: Page, provider: ScriptedProvider
) -> None:
    run_code(coder, provider, "x = 20")
    edit(coder)
    box, stop = coder.locator("#code-box"), coder.locator("#stop-code")
    expect(stop).to_be_hidden()
    box.fill("while True:\n    pass")
    box.press("Control+Enter")
    stop.click()
    result = coder.locator(".by-hand")
    expect(result.locator(".badge")).to_contain_text("interrupted")
    expect(result).to_contain_text("The call was cancelled.")
    box.fill("print(x + 1)")
    box.press("Control+Enter")
    expect(result).to_contain_text("21")


def test_files_are_dropped_on_the_composer_and_read_by_the_code(
    coder: Page, provider: ScriptedProvider
) -> None:
    drop(coder, "#composer form", "sales.csv", "month,sales\nJan,10\n")
    chip = coder.locator("#composer .chip")
    expect(chip.locator("[name=file]")).to_have_count(1)
    expect(chip).to_contain_text("sales.csv")
    run_code(coder, provider, "print(open('/mnt/data/sales.csv').read())")
    expect(coder.locator("pre.out")).to_contain_text("Jan,10")
    expect(coder.locator("article.user .chip")).to_contain_text("sales.csv")
    expect(coder.locator("#composer .chip")).to_have_count(0)


def test_the_tool_and_its_files_are_set_in_the_configuration(page: Page, client: OpenAI) -> None:
    page.get_by_role("switch", name="Code interpreter").check()
    drop(page, "#code-files", "numbers.txt", "1 2 3")
    drop(page, "#code-files", "empty.txt", "")
    chips = page.locator("#code-files .chip")
    expect(chips.nth(0).locator("[name=file]")).to_have_count(1)
    expect(chips.nth(1)).to_contain_text("File is empty.")
    chips.nth(1).get_by_role("button").click()
    expect(page.locator("[data-file-count]")).to_have_text("1")
    publish(page)
    assistant = client.beta.assistants.list(limit=1).data[0]
    assert [tool.type for tool in assistant.tools] == ["code_interpreter"]
    resources = assistant.tool_resources
    assert resources is not None
    assert resources.code_interpreter is not None
    [file_id] = resources.code_interpreter.file_ids or []
    assert client.files.content(file_id).content == b"1 2 3"
    page.reload()
    expect(page.locator("#code-files .chip")).to_contain_text("numbers.txt")
    page.get_by_role("button", name="Remove numbers.txt").click()
    publish(page)
    resources = client.beta.assistants.retrieve(assistant.id).tool_resources
    assert resources is not None
    assert resources.code_interpreter is not None
    assert resources.code_interpreter.file_ids == []


def test_errors_long_output_and_killed_code_do_not_break_the_page(
    coder: Page, provider: ScriptedProvider
) -> None:
    source = "for i in range(500): print(i, 'x' * 300)\nraise ValueError('wrong')"
    run_code(coder, provider, source)
    card = coder.locator("div.tool")
    expect(card.locator(".badge")).to_contain_text("error · ")
    expect(card.locator("details.out-fold summary")).to_contain_text("lines")
    expect(card.locator("pre.tail")).to_contain_text("ValueError: wrong")
    for width in (360, 768, 1440):
        coder.set_viewport_size({"width": width, "height": 800})
        assert coder.evaluate("document.documentElement.scrollWidth") <= width
    expect(coder.locator("#run-log")).to_contain_text("Code sessions in this run")


def test_output_shows_while_the_code_runs_and_the_run_can_be_stopped(
    coder: Page, provider: ScriptedProvider, open_page: Callable[[str], Page]
) -> None:
    source = "print('started', flush=True)\nwhile True:\n    pass"
    provider.enqueue(code(source), Reply(text="Stopped."))
    write(coder, "Loop")
    coder.wait_for_url("**t=thread_*")
    other = open_page(coder.url)
    for page in (coder, other):
        card = page.locator("div.tool")
        expect(card.locator("pre.out")).to_have_text("started\n")
        expect(card.locator(".badge")).to_have_text("running")
        expect(card.locator(".code .hl-k").first).to_have_text("while")
    assert thread_html(coder) == thread_html(other)
    coder.get_by_role("button", name="Stop", exact=True).click()
    for page in (coder, other):
        expect_status(page, "cancelled")
        expect(page.locator("div.tool .badge")).to_have_text("stopped")
        expect(page.locator("pre.out")).to_have_text("started\n")
    coder.reload()
    expect(coder.locator("pre.out")).to_have_text("started\n")


def test_the_user_and_the_model_learn_of_a_killed_session(
    coder: Page, provider: ScriptedProvider
) -> None:
    run_code(coder, provider, "open('/mnt/data/kept.txt', 'w').write('k')")
    provider.enqueue(code("import os; os._exit(1)"), Reply(text="Gone."))
    write(coder, "Break it")
    second = coder.locator("div.tool").nth(1)
    expect(second.locator(".badge")).to_contain_text("killed · ")
    expect(second).to_contain_text("The interpreter ended")
    expect(coder.locator("article .body").last).to_have_text("Gone.")
    coder.get_by_role("button", name="Thread menu").click()
    coder.get_by_role("button", name="Session files").click()
    expect(coder.locator("#session-dialog")).to_contain_text("The session has ended")
    expect(coder.locator("#session-dialog .chip")).to_contain_text("kept.txt")
    coder.keyboard.press("Escape")
    edit(coder)
    coder.locator("#code-box").fill("y = 1")
    coder.get_by_role("button", name="Run code").click()
    expect(coder.locator(".by-hand")).to_contain_text("A new session started")
    coder.keyboard.press("Escape")
    agree(coder, "Discard")
    provider.enqueue(code("print(y)"), Reply(text="1"))
    write(coder, "Go on")
    expect(coder.locator("article .body").last).to_have_text("1")
    told = provider.completions[-1]["messages"][-1]["content"]
    assert told.startswith("[A new session started")
    assert told.endswith("\n1")
