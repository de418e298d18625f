"""Pictures of experiments and test sets for docs/screens.md."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.steps import expect_kept
from tests.browser.studio import MODEL, PHONE, REASONING_MODEL, SMALL_MODEL, Studio
from tests.fakes.replies import Reply

LONG = 240_000  # milliseconds for all cells
UNSURE = "I'm not sure about that."
# By words of a question of the sample set: what the small model answers, and what the others do.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "capital of France": ("The capital of France is Paris.", "Paris."),
    "Red Planet": ("Mars is called the Red Planet.", "It's Mars, for the rust in its soil."),
    "leap year": (UNSURE, "A leap year has 366 days."),
    "12 plus 30": ("12 plus 30 is 42.", "42."),
    "gas do plants": ("Plants take in carbon dioxide.", "Carbon dioxide, CO₂."),
    "largest ocean": ("The Pacific is the largest ocean.", "The Atlantic is the largest one."),
    "opposite": ("The opposite of hot is cold.", "Cold."),
    "plural": ("c-h-i-l-d-r-e-n", "The plural is “children”."),
    "English alphabet": ("The English alphabet has 26 letters.", "26 letters."),
    "Romeo": ("William Shakespeare wrote it.", "William Shakespeare, around 1595."),
    "my name": ("Your name is Ada.", "Ada."),
    "name is Ada": ("Hello Ada, nice to meet you.", "Hello, Ada!"),
    "JSON": ('{"city": Oslo}', '{"city": "Oslo"}'),
}
# What the large model adds without instructions: more words than the checks of the set allow.
MORE = " There is a lot more to say about this, so let me begin with some background." * 5
# Seconds before the first word and before each further one.
PACES: Mapping[str, tuple[float, float]] = {
    SMALL_MODEL: (0.12, 0.01),
    MODEL: (0.3, 0.03),
    REASONING_MODEL: (4.0, 0.02),
}


def take_experiments(studio: Studio) -> None:
    """Take the form, the results and the list of experiments, and what they are made of."""
    studio.provider.answer = _answer
    writer = studio.client.beta.assistants.create(
        model=SMALL_MODEL, name="Short answers", instructions="Answer in one short sentence."
    ).id
    page = studio.open("tests/")
    page.get_by_role("button", name="Add the sample set").click()
    page.wait_for_url("**/tests/testset_*/")
    test_set = page.url.rstrip("/").rpartition("/")[2]
    _tests(studio, test_set)
    _form(studio, writer)
    experiment = _results(studio)
    _looks(studio, experiment)
    _gate(studio, writer, test_set)
    _grading(studio, experiment)
    _list(studio, writer, test_set)
    studio.provider.answer = None


def _tests(studio: Studio, test_set: str) -> None:
    page = studio.page
    page.get_by_role("gridcell", name="Paris", exact=True).click()
    studio.take("test-set")
    page = studio.open(f"tests/{test_set}/")
    page.get_by_role("row", name="Oslo").get_by_role("link").click()
    checks = page.get_by_role("region", name="Checks")
    checks.get_by_role("button", name="Edit: ").last.click()
    expect(checks.get_by_label("Kind")).to_be_visible()
    checks.evaluate("region => region.scrollIntoView()")
    studio.take("checks")


def _form(studio: Studio, writer: str) -> None:
    page = studio.open("experiments/new/", f"?a={writer}")
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


def _results(studio: Studio) -> str:
    """Take the verdict, the matrix, a cell and the charts. Return the path of the experiment."""
    page = studio.page
    path = page.url.partition(f"/{studio.site.project_id}/")[2]
    # Loaded again, so that no list of messages and no focus is in the picture.
    _finished(page)
    page.reload()
    _finished(page)
    studio.take("experiment")
    page.locator("#matrix-h").evaluate("heading => heading.scrollIntoView()")
    studio.take("experiment-matrix")
    page.locator(".matrix .cell").nth(1).click()
    expect(page.locator("#cell .outcomes").first).to_be_visible()
    studio.take("experiment-cell")
    page = studio.open(f"{path}charts/")
    expect(page.locator("#spreads .spread").first).to_be_visible()
    studio.take("experiment-charts")
    return path


def _finished(page: Page) -> None:
    expect(page.locator("#verdict-1")).to_be_visible(timeout=LONG)


def _looks(studio: Studio, experiment: str) -> None:
    with studio.look("dark"):
        _finished(studio.open(experiment))
        studio.take("experiment-dark")
    with studio.look(size=PHONE):
        page = studio.open(experiment)
        _finished(page)
        page.locator("#verdict-1").evaluate("verdict => verdict.scrollIntoView()")
        studio.take("experiment-phone")


def _gate(studio: Studio, writer: str, test_set: str) -> None:
    page = studio.open(f"tests/{test_set}/")
    row = page.get_by_role("row", name="largest ocean").get_attribute("data-key") or ""
    page = studio.open(query=f"?a={writer}")
    page.locator("#f-model").fill(MODEL)
    expect_kept(page)
    page = studio.open(f"assistants/{writer}/gate/")
    page.get_by_label("Test set").select_option(test_set)
    page.locator("#gate-required").fill(row)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The publish gate is set.")).to_be_visible()
    page.reload()
    expect(page.locator(".gate")).to_be_visible()
    studio.take("publish-gate")


def _grading(studio: Studio, experiment: str) -> None:
    page = studio.open(f"{experiment}grading/")
    page.get_by_role("button", name="Take the next row").click()
    expect(page.locator(".grading")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_text("4 of 5", exact=True)).to_be_visible()
    studio.take("grading")
    with studio.look(size=PHONE):
        page.locator(".grading").evaluate("replies => replies.scrollIntoView()")
        studio.take("grading-phone")


def _list(studio: Studio, writer: str, test_set: str) -> None:
    """Take the list, with an experiment that runs beside others that are done."""
    usual: dict[str, Any] = {"assistant": writer, "name": "Short answers"}
    compared: Mapping[str, dict[str, Any]] = {
        "Temperature": {**usual, "name": "Warmer", "temperature": 1.2},
        "Are instructions needed?": {"model": MODEL, "name": "Model alone"},
    }
    for name, other in compared.items():
        _finished(studio.open(f"experiments/{_start(studio, test_set, name, [usual, other])}/"))
    slow = {**usual, "name": "Reasoning", "model": REASONING_MODEL}
    running = _start(studio, test_set, "Does reasoning help?", [usual, slow])
    page = studio.open(f"experiments/{running}/")
    expect(page.locator("#progress")).to_contain_text("left", timeout=LONG)
    page = studio.open("experiments/")
    expect(page.get_by_role("row", name="Does reasoning help?")).to_be_visible()
    studio.take("experiments")


def _start(studio: Studio, test_set: str, name: str, variants: list[dict[str, Any]]) -> str:
    """Start an experiment through the API, and return its ID."""
    body = {"test_set": test_set, "name": name, "variants": variants}
    made = studio.client.post("/playground/experiments", body=body, cast_to=dict[str, Any])
    return str(made["id"])


def _answer(body: dict[str, Any]) -> Reply | None:
    asked = str(body["messages"][-1]["content"])
    for words, answers in ANSWERS.items():
        if words in asked:
            return _reply(body, asked, answers[body["model"] != SMALL_MODEL])
    return None


def _reply(body: dict[str, Any], asked: str, answer: str) -> Reply:
    first, each = PACES[body["model"]]
    # Without instructions, the first message is the user's.
    if body["messages"][0]["role"] == "user":
        answer += MORE
    # Longer questions take longer, so that the times of cells spread.
    return Reply(
        text=answer,
        first_delay=first * (0.6 + len(asked) / 60),
        delay=each,
        usage=(400 + len(asked), 20 + len(answer)),
    )
