"""``python -m tests.browser.screens [FOLDER]`` takes the pictures of docs/screens.md anew.

A site of its own over the scripted provider is filled through the API, so that every picture shows
what the program really does.
"""

import json
import sys
from pathlib import Path
from typing import Literal

from openai import OpenAI
from openai.types.beta import FunctionToolParam
from playwright.sync_api import expect, sync_playwright

from tests import servers
from tests.browser.compare.pictures import take_comparisons, take_replay
from tests.browser.experiments.pictures import take_experiments
from tests.browser.studio import MODEL, MODELS, PAUSE, PHONE, SMALL_MODEL, WIDE, Studio
from tests.conftest import CHROMIUM_OPTIONS, chromium
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, ROOT, LiveSite

FOLDER = ROOT / "docs" / "screens"
PATIENCE = 60_000  # milliseconds; the first file waits until the indexer has started
HARBOUR = """# The harbour of Marwick

The old pier of Marwick was built in 1907 by Ada Quarrel, who had drawn lighthouses before.
It is 212 metres long and stands on 64 piles of oak.

# Ferries

From April to October a ferry leaves for the islands every two hours, from 07:00 to 19:00.
In winter there is one in the morning and one in the evening.
"""
PRICES = """# Tickets

A single ticket costs 4.50, a day ticket 11.00. Children below six travel free.
Tickets are sold in the harbour office on the old pier, and on board.
"""
CHART = """import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 2 * np.pi, 200)
plt.figure(figsize=(6, 2.6))
plt.plot(x, np.sin(x))
plt.grid(alpha=0.3)
plt.savefig("/mnt/data/sine.png", dpi=110)
plt.show()
print("zero crossings:", [0, "pi", "2 pi"])"""
SOLVED = """Subtract 11 from both sides, then divide by 3:

\\[3x + 11 = 14 \\;\\Rightarrow\\; 3x = 3 \\;\\Rightarrow\\; x = 1\\]

| step | equation |
|---|---|
| given | `3x + 11 = 14` |
| minus 11 | `3x = 3` |
| divided by 3 | **`x = 1`** |
"""
REWRITTEN = (
    "On Sunday the ferry was late once more because of fog, and the passengers weren't informed.",
    "Fog delayed Sunday's ferry again, and nobody informed the passengers.",
)
WEATHER: FunctionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place right now.",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {"type": "string", "description": "City and country"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["location", "unit"],
        },
    },
}


def called(name: str, call_id: str, **arguments: str) -> ToolCall:
    return ToolCall(name, json.dumps(arguments), id=call_id)


def take_all(studio: Studio) -> None:
    """Take all pictures, in the order of the document."""
    _prices(studio)
    tutor, thread = _tutor(studio)
    _main(studio, tutor, thread)
    _configuration(studio, tutor)
    _loop(studio)
    take_comparisons(studio)
    _waiting(studio)
    _code(studio)
    _citation(studio)
    _around(studio, tutor)
    take_experiments(studio)


def _prices(studio: Studio) -> None:
    page = studio.open("settings/limits/")
    for model, prompt, completion in ((MODEL, "2.50", "10"), (SMALL_MODEL, "0.15", "0.60")):
        page.locator("#p-model").fill(model)
        page.locator("#p-prompt").fill(prompt)
        page.locator("#p-completion").fill(completion)
        page.get_by_role("button", name="Save price").click()
        expect(page.get_by_text("Price saved.")).to_be_visible()


def _tutor(studio: Studio) -> tuple[str, str]:
    create = studio.client.beta.assistants.create
    create(model=MODEL, name="Release notes", instructions="Write release notes from commits.")
    create(model=SMALL_MODEL, name="Support triage", response_format={"type": "json_object"})
    tutor = create(
        model=MODEL,
        name="Math tutor",
        instructions="You are a personal math tutor. Work out every answer with Python, and show "
        "each step.",
        temperature=0.3,
        tools=[{"type": "code_interpreter"}, WEATHER],
    ).id
    studio.client.beta.assistants.update(
        tutor,
        instructions="You are a personal math tutor. Work out every answer with Python.\n"
        "Show each step, and end with the answer on a line of its own.",
        temperature=0.2,
    )
    source = (
        "from sympy import Eq, solve, symbols\n\nx = symbols('x')\nsolve(Eq(3 * x + 11, 14), x)"
    )
    thread = studio.ask(
        tutor,
        "I need to solve the equation `3x + 11 = 14`. Can you help me?",
        Reply(tool_calls=[called("code_interpreter", "call_1", code=source)], usage=(412, 46)),
        Reply(text=SOLVED, delay=PAUSE, usage=(487, 96)),
    )
    return tutor, thread


def _main(studio: Studio, tutor: str, thread: str) -> None:
    looks: tuple[tuple[str, Literal["light", "dark"], tuple[int, int]], ...] = (
        ("playground", "light", WIDE),
        ("dark", "dark", WIDE),
        ("phone", "light", PHONE),
    )
    for name, theme, size in looks:
        with studio.look(theme, size):
            page = studio.open(query=f"?a={tutor}&t={thread}")
            expect(page.locator("#items .katex").first).to_be_visible()
            expect(page.locator("#thread-meter")).to_contain_text("tokens")
            studio.take(name)


def _configuration(studio: Studio, tutor: str) -> None:
    page = studio.open(query=f"?a={tutor}")
    page.get_by_role("button", name="Choose a model").click()
    expect(page.locator("#model-menu")).to_be_visible()
    studio.take("model-menu")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add function").click()
    dialog = page.locator("#function-dialog")
    dialog.get_by_role("button", name="Examples").click()
    dialog.get_by_role("button", name="search_docs").click()
    expect(dialog.locator("code-field").first).to_be_visible()
    studio.take("function")


def _waiting(studio: Studio) -> None:
    forecaster = studio.client.beta.assistants.create(
        model=MODEL,
        name="Weather desk",
        instructions="Answer from get_weather alone.",
        tools=[WEATHER],
    ).id
    calls = [
        called("get_weather", "call_paris", location="Paris, France", unit="celsius"),
        called("get_weather", "call_london", location="London, UK", unit="celsius"),
    ]
    thread = studio.ask(
        forecaster, "Is it warmer in Paris or in London?", Reply(tool_calls=calls, usage=(180, 44))
    )
    page = studio.open(query=f"?a={forecaster}&t={thread}")
    first = page.locator("[data-call]").first
    first.locator(".as-raw textarea").fill('{"temperature": 11, "sky": "overcast"}')
    page.locator("[data-action]").evaluate("card => card.scrollIntoView()")
    studio.take("waiting")
    take_replay(studio, thread)


def _code(studio: Studio) -> None:
    analyst = studio.client.beta.assistants.create(
        model=MODEL,
        name="Data analyst",
        instructions="Draw what is asked with matplotlib.",
        tools=[{"type": "code_interpreter"}],
    ).id
    answer = (
        "Here is one period of the sine, also [as a file](sandbox:/mnt/data/sine.png): it crosses "
        "zero at $0$, $\\pi$ and $2\\pi$."
    )
    thread = studio.ask(
        analyst,
        "Plot sin x from 0 to 2π.",
        Reply(tool_calls=[called("code_interpreter", "call_1", code=CHART)], usage=(212, 120)),
        Reply(text=answer, delay=PAUSE, usage=(390, 40)),
    )
    page = studio.open(query=f"?a={analyst}&t={thread}")
    figure = page.locator("#items img").first
    expect(figure).to_be_visible()
    figure.evaluate("image => image.decode()")
    page.locator("#items div.tool").evaluate("card => card.scrollIntoView()")
    studio.take("code-interpreter")
    page.get_by_role("button", name="Show the run log").click()
    page.locator("#logs").get_by_role("button", name="Python").first.click()
    expect(page.locator("#step-dialog .facts")).to_be_visible()
    studio.take("run-log")


def _citation(studio: Studio) -> None:
    client = studio.client
    store = client.vector_stores.create(name="Harbour office")
    files = [
        client.files.create(file=(name, text.encode()), purpose="assistants").id
        for name, text in (("harbour.md", HARBOUR), ("tickets.md", PRICES))
    ]
    client.vector_stores.file_batches.create_and_poll(
        vector_store_id=store.id, file_ids=files, poll_interval_ms=100
    )
    librarian = client.beta.assistants.create(
        model=MODEL,
        name="Document Q&A",
        instructions="Answer from the files alone, and cite them.",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    ).id
    search = called("file_search", "call_1", query="When was the old pier built, and by whom?")
    thread = studio.ask(
        librarian,
        "Who built the old pier?",
        Reply(tool_calls=[search], usage=(160, 22)),
        Reply(text="Ada Quarrel built it in 1907【0:0†harbour.md】.", delay=PAUSE, usage=(640, 18)),
    )
    page = studio.open(query=f"?a={librarian}&t={thread}")
    page.locator(".cite").first.click()
    expect(page.locator("#citation-dialog")).to_contain_text("Ada Quarrel")
    studio.take("citation")
    page = studio.open(f"vector-stores/{store.id}/")
    page.get_by_placeholder("What an assistant would search for").fill("price of a day ticket")
    page.keyboard.press("Enter")
    expect(page.locator("#hits")).to_contain_text("day ticket 11.00")
    studio.take("vector-store")


def _loop(studio: Studio) -> None:
    writer = studio.client.beta.assistants.create(
        model=MODEL, name="Editor", instructions="Rewrite what I send. Keep every fact."
    ).id
    thread = studio.ask(
        writer,
        "The ferry was late again on Sunday because of the fog, and nobody told the passengers.",
        Reply(text=REWRITTEN[0], delay=PAUSE, usage=(64, 21)),
    )
    page = studio.open(query=f"?a={writer}&t={thread}")
    studio.provider.enqueue(Reply(text=REWRITTEN[1], delay=PAUSE, usage=(71, 19)))
    page.locator("#f-instructions").fill("Rewrite what I send in at most twelve words.")
    page.keyboard.press("Control+Shift+R")
    page.wait_for_url("**&beside=thread_*")
    expect(page.locator("[data-run-status=completed]")).to_be_visible()
    page.locator("[data-look=changes]").click()
    expect(page.locator(".answer-changes ins").first).to_be_visible()
    studio.take("loop")


def _around(studio: Studio, tutor: str) -> None:
    page = studio.open(f"assistants/{tutor}/versions/1/diff/2/")
    expect(page.locator("h1")).to_be_visible()
    studio.take("versions")
    page = studio.open("usage/")
    expect(page.locator("h1")).to_be_visible()
    studio.take("usage")
    page = studio.open("runs/?sort=-cost")
    expect(page.locator("h1")).to_contain_text("Runs")
    studio.take("runs")
    page = studio.open(query=f"?a={tutor}")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-options [aria-selected=true]")).to_be_visible()
    page.keyboard.type("the")
    expect(page.locator("#palette-options")).to_contain_text("Switch theme")
    expect(page.locator("#palette-options")).not_to_contain_text("Data analyst")
    studio.take("palette")


def main() -> None:
    """Start the site, take all pictures, and stop the site."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    servers.start()
    with ScriptedProvider(models=MODELS) as provider, sync_playwright() as playwright:
        environment = {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "provider-key"}
        site = LiveSite("screens", environment)
        try:
            site.start()
            site.start_interpreter()
            site.start_indexer()
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=[*CHROMIUM_OPTIONS]
            )
            page = browser.new_page(
                viewport={"width": WIDE[0], "height": WIDE[1]}, reduced_motion="reduce"
            )
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            site.sign_in(page)
            client = OpenAI(base_url=site.base_url, api_key=API_KEY, timeout=PATIENCE / 1000)
            take_all(Studio(site, provider, client, page, folder))
            browser.close()
        finally:
            site.stop()


if __name__ == "__main__":
    main()
