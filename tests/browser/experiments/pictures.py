"""Pictures of experiments for docs/screens.md."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import expect

from tests.browser.studio import MODEL, SMALL_MODEL, Studio
from tests.fakes.replies import Reply

LONG = 240_000  # milliseconds for all cells
# Answers to questions of the sample set, by words in them, and the model that doesn't know.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "capital of France": ("The capital of France is Paris.", ""),
    "Red Planet": ("Mars is called the Red Planet.", ""),
    "leap year": ("A leap year has 366 days.", SMALL_MODEL),
    "12 plus 30": ("12 plus 30 is 42.", ""),
    "gas do plants": ("Plants take in carbon dioxide.", ""),
    "largest ocean": ("The Pacific is the largest ocean.", MODEL),
    "opposite": ("The opposite of hot is cold.", ""),
    "plural": ("c-h-i-l-d-r-e-n: children", SMALL_MODEL),
    "English alphabet": ("The English alphabet has 26 letters.", ""),
    "Romeo": ("William Shakespeare wrote it.", ""),
    "my name": ("Your name is Ada.", ""),
    "name is Ada": ("Hello Ada, nice to meet you.", ""),
    "JSON": ('{"city": "Oslo"}', SMALL_MODEL),
}


def take_experiments(studio: Studio) -> None:
    """Take the form, the verdict, the matrix and a cell of an experiment with two models."""
    studio.provider.answer = _answer
    writer = studio.client.beta.assistants.create(
        model=SMALL_MODEL, name="Short answers", instructions="Answer in one short sentence."
    ).id
    page = studio.open("tests/")
    page.get_by_role("button", name="Add the sample set").click()
    page.wait_for_url("**/tests/testset_*/")
    page.goto(f"{page.url.partition('/tests/')[0]}/experiments/new/?a={writer}")
    page.locator("#name-0").fill("Small model")
    page.locator("#model-1").fill(MODEL)
    page.locator("#name-1").fill("Large model")
    page.locator("#repeats").fill("2")
    page.locator("#cap").fill("0.5")
    expect(page.locator("#plan dd").first).to_have_text("48")
    page.locator("#plan").scroll_into_view_if_needed()
    studio.take("experiment-form")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/experiments/exp_*/")
    expect(page.locator("#verdict-1")).to_be_visible(timeout=LONG)
    # Loaded again, so that no list of messages and no focus is in the picture.
    page.reload()
    expect(page.locator("#verdict-1")).to_be_visible()
    studio.take("experiment")
    page.locator("#matrix-h").evaluate("heading => heading.scrollIntoView()")
    studio.take("experiment-matrix")
    page.locator(".matrix .cell").nth(1).click()
    expect(page.locator("#cell .outcomes").first).to_be_visible()
    studio.take("experiment-cell")
    page.keyboard.press("Escape")
    studio.provider.answer = None


def _answer(body: dict[str, Any]) -> Reply | None:
    asked = str(body["messages"][-1]["content"])
    for words, (answer, unknown_to) in ANSWERS.items():
        if words in asked:
            knows = body["model"] != unknown_to
            return Reply(text=answer if knows else "I'm not sure about that.", usage=(60, 12))
    return None
