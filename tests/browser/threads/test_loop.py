"""Change, run again, compare: repeats of the last message, branches, and edits in place."""

import os

from openai import OpenAI
from playwright.sync_api import Locator, Page, expect

from tests.browser.audit import audit
from tests.browser.steps import expect_status, thread_id, write
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

REPEAT = "Control+Shift+r"


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def answered(page: Page, provider: ScriptedProvider, question: str, answer: str) -> str:
    """Ask, wait for the answer, and return the thread's ID."""
    provider.enqueue(Reply(text=answer))
    write(page, question)
    expect(page.locator("#items > .msg .body").last).to_contain_text(answer)
    expect_status(page, "completed")
    return thread_id(page)


def repeated(page: Page) -> str:
    """Press the key, and return the ID of the thread with the new answer."""
    before = thread_id(page)
    page.keyboard.press(REPEAT)
    page.wait_for_url(f"**&beside={before}")
    return thread_id(page)


def test_one_key_brings_the_new_answer_beside_the_old_one(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    page.keyboard.press("Alt+Shift+4")  # without the log, there is room for two columns
    first = answered(page, provider, "Which sky?", "The sky is blue today.")
    page.locator("#composer-box").fill("Unsent")
    instructions = page.locator("#f-instructions")
    instructions.fill("Say grey.")
    instructions.evaluate("(box) => box.setSelectionRange(4, 8)")
    provider.enqueue(Reply(text="The sky is grey today.", gate_after=2))
    second = repeated(page)

    new = page.locator("#items > .msg:not(.user):has(.body)")
    provider.wait_held()
    expect(new).to_contain_text("The sky")
    old = page.locator("section.answer")
    expect(old).to_contain_text("The sky is blue today.")
    shot(page, "streaming")
    expect(page.get_by_text("Kept in this browser")).to_be_hidden()
    expect(instructions).to_be_focused()
    assert instructions.evaluate("(box) => [box.selectionStart, box.selectionEnd]") == [4, 8]
    expect(page.locator("#composer-box")).to_have_value("Unsent")
    old_box, new_box = old.bounding_box(), new.bounding_box()
    assert old_box
    assert new_box
    assert old_box["x"] + old_box["width"] <= new_box["x"]
    assert provider.completions[-1]["messages"][0]["content"] == "Say grey."
    page.reload()
    expect(new).to_contain_text("The sky")
    expect(old).to_contain_text("The sky is blue today.")
    provider.release()
    expect_status(page, "completed")
    expect(new).to_contain_text("The sky is grey today.")
    heads = page.locator(".answer-h")
    expect(heads.first).to_contain_text("v1")
    expect(heads.last).to_contain_text("draft")
    for head in (heads.first, heads.last):
        expect(head.locator(".stat")).to_contain_text("tok")
        expect(head.locator(".stat")).to_contain_text(" s")

    page.locator("#messages").focus()
    page.keyboard.press("d")
    expect(old.locator("del")).to_have_text("blue")
    expect(old.locator("ins")).to_have_text("grey")
    shot(page, "changes")
    audit(page)
    page.get_by_role("link", name="Keep 2").click()
    page.wait_for_url(lambda url: "beside" not in url)
    assert thread_id(page) == second
    expect(page.locator(".branches")).to_contain_text("2/2")
    page.locator("#messages").focus()
    page.keyboard.press(",")
    page.wait_for_url(f"**t={first}*")
    expect(page.locator("#items")).to_contain_text("The sky is blue today.")
    shot(page, "kept")


def test_the_other_answer_can_be_kept_and_repeated(page: Page, provider: ScriptedProvider) -> None:
    first = answered(page, provider, "Which sky?", "Blue.")
    provider.enqueue(Reply(text="Grey."))
    repeated(page)
    expect(page.locator("#items > .msg").last).to_contain_text("Grey.")
    expect_status(page, "completed")
    page.get_by_role("link", name="Keep 1").click()
    page.wait_for_url(lambda url: f"t={first}" in url and "beside" not in url)
    lines = "\n\n".join(f"Line {number}" for number in range(40))
    provider.enqueue(Reply(text=f"Red.\n\n{lines}", gate_after=1))
    repeated(page)
    expect(page.locator("section.answer")).to_contain_text("Blue.")
    expect(page.locator("#items > .msg").last).to_contain_text("Red")
    provider.release()
    expect(page.locator("#items > .msg").last).to_contain_text("Line 39")
    expect_status(page, "completed")
    expect(page.locator("#new-answer")).to_be_in_viewport()  # it is read from its beginning
    expect(page.locator(".branches")).to_contain_text("3/3")
    page.locator(".answer-pick").get_by_role("link", name="2").click()
    expect(page.locator("section.answer")).to_contain_text("Grey.")
    shot(page, "three")
    page.set_viewport_size({"width": 390, "height": 844})
    old, new = page.locator("section.answer"), page.locator("#new-answer")
    shot(page, "phone")
    over, under = old.bounding_box(), new.bounding_box()
    assert over
    assert under
    assert over["y"] + over["height"] <= under["y"]


def test_a_message_is_edited_in_its_place_and_branches_there(
    page: Page, provider: ScriptedProvider
) -> None:
    first = answered(page, provider, "Which sky?", "Blue.")
    page.keyboard.press("Escape")
    page.locator("#messages").focus()
    page.keyboard.press("j")
    page.keyboard.press("e")
    box = page.locator("#items .msg.user textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value("Which sky?")
    box.fill("Which sea?")
    page.keyboard.press("Escape")  # which gives up nothing that was typed
    page.reload()
    expect(box).to_have_value("Which sea?")
    expect(box).to_be_focused()
    shot(page, "edit")
    audit(page)
    provider.enqueue(Reply(text="Black."))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "t=thread_" in url and first not in url)
    expect(page.locator("#items > .msg").last).to_contain_text("Black.")
    expect(page.locator("#items > .msg").first).to_contain_text("Which sea?")
    expect(page.locator(".branches + .beside + .msg.user")).to_contain_text("Which sea?")
    page.get_by_role("link", name="Previous branch").click()
    page.wait_for_url(f"**t={first}*")
    expect(page.locator("#items > .msg.user")).to_contain_text("Which sky?")
    expect(box).to_have_count(0)
    page.get_by_title("Show the answers beside each other").click()
    expect(page.locator("section.answer")).to_contain_text("Black.")


def overlap(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    return (
        a["x"] < b["x"] + b["width"]
        and b["x"] < a["x"] + a["width"]
        and a["y"] < b["y"] + b["height"]
        and b["y"] < a["y"] + a["height"]
    )


def test_the_history_runs_a_version_beside_the_answer(
    page: Page, provider: ScriptedProvider
) -> None:
    first = answered(page, provider, "Which sky?", "Blue.")
    publish_button = page.locator(".publish")
    expect(publish_button).to_be_disabled()
    page.keyboard.press("Control+s")  # neither the dialog nor the browser's
    expect(page.locator("#publish-dialog")).to_be_hidden()
    page.locator("#f-instructions").press_sequentially("Say grey.", delay=5)
    expect(publish_button).to_be_enabled()
    # The note and the thread are kept on the way over the page of changes.
    page.keyboard.press("Control+s")
    page.get_by_label("Note").fill("Grey")
    page.get_by_role("link", name="View changes").click()
    expect(page.get_by_label("Note")).to_have_value("Grey")
    page.get_by_role("button", name="Publish v2").click()
    page.wait_for_url(f"**t={first}")
    said = page.locator("#toasts")
    expect(said).to_contain_text("v2 is live.")
    for name in ("composer", "cfg-h", "cfg .publish"):
        assert not overlap(said, page.locator(f"#{name}"))
    said.get_by_role("button", name="Dismiss").click()
    expect(said.locator("*")).to_have_count(0)
    expect(publish_button).to_be_disabled()
    page.locator("#cfg").get_by_role("link", name="History").click()
    page.wait_for_url(f"**/versions/?t={first}")
    expect(page.locator("#v1")).to_contain_text("1 run")
    shot(page, "history")
    audit(page)
    page.get_by_role("link", name="Open version 2").click()
    expect(page.locator(".version-fields")).to_contain_text("Say grey.")
    shot(page, "version")
    audit(page)
    page.go_back()
    provider.enqueue(Reply(text="Grey."))
    page.get_by_role("button", name="Run v2").click()
    page.wait_for_url(f"**&beside={first}")
    expect(page.locator("#items > .msg").last).to_contain_text("Grey.")
    expect(page.locator("section.answer")).to_contain_text("Blue.")
    assert provider.completions[-1]["messages"][0]["content"] == "Say grey."


def test_an_answer_that_waits_for_outputs_is_answered_beside_the_other(
    page: Page, provider: ScriptedProvider, client: OpenAI
) -> None:
    first = answered(page, provider, "Weather?", "No idea.")
    assistant = page.locator("#next-assistant").input_value()
    function = {"type": "function", "function": {"name": "get_weather"}}
    client.beta.assistants.update(assistant, tools=[function])  # type: ignore[list-item]
    page.reload()
    call = ToolCall("get_weather", '{"city": "Paris"}')
    provider.enqueue(Reply(tool_calls=[call]), Reply(text="Mild."))
    repeated(page)
    expect_status(page, "requires_action")
    expect(page.locator(".answer-h").last).to_contain_text("Waiting")
    page.reload()
    page.locator("[data-call] .as-raw textarea").fill("{}")
    page.get_by_role("button", name="Submit output").click()
    expect_status(page, "completed")
    expect(page.locator("#items > .msg").last).to_contain_text("Mild.")
    expect(page.locator("section.answer")).to_contain_text("No idea.")

    # Another repeat is compared with this answer, and a stopped one stays as it is.
    second = thread_id(page)
    provider.enqueue(Reply(text="It is very warm today.", gate_after=2))
    page.keyboard.press(REPEAT)
    page.wait_for_url(f"**&beside={second}")
    provider.wait_held()
    page.get_by_role("button", name="Stop").click()
    expect_status(page, "cancelled")
    provider.release()
    expect(page.locator("section.answer")).to_contain_text("Mild.")
    expect(page.locator(".branches")).to_contain_text("3/3")
    page.get_by_role("link", name="Keep 2").click()
    page.wait_for_url(lambda url: f"t={second}" in url)
    expect(page.locator(".branches")).to_contain_text("2/3")
    assert first != second
