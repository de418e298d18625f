"""What the demo data consists of.

Its texts are written for the scripted model (playground/embedded/scripted), whose replies depend on
words such as "plot" and "compare".
"""

from dataclasses import dataclass, field
from typing import Any

# The key in an object's metadata that says which row below it was made from.
DEMO = "demo"
STORE_NAME = "Company handbook"
TRAVEL = """\
# Travel policy

## Booking

Book trains and flights at least two weeks ahead. Trains come first: fly only when the train takes
longer than six hours. Second class is the rule; first class needs your manager's approval.

## Expenses

Hand in receipts within 30 days of your return. The daily allowance is 45 euros, and 60 euros in
capitals. Hotels are paid up to 140 euros a night.
"""
LEAVE = """\
# Time off

## Vacation

Everybody has 30 days of vacation a year. Up to 5 unused days move to the next year, and must be
taken by the end of March.

## Parental leave

Each parent may take 16 weeks of paid leave in the first two years of a child. Tell your manager
8 weeks before.
"""
SALES = "month,region,sales\n" + "".join(
    f"2025-{month:02},{region},{base + 7 * month}\n"
    for month in range(1, 13)
    for region, base in (("North", 90), ("South", 120))
)


@dataclass(frozen=True, slots=True)
class DemoFile:
    name: str
    mime_type: str
    text: str


HANDBOOK_FILES = (
    DemoFile("travel-policy.md", "text/markdown", TRAVEL),
    DemoFile("time-off.md", "text/markdown", LEAVE),
)
SALES_FILE = DemoFile("sales-2025.csv", "text/csv", SALES)


@dataclass(frozen=True, slots=True)
class DemoAssistant:
    """`resources`: what its tools get, of "store" and "sales"."""

    slug: str
    name: str
    description: str
    instructions: str
    tools: list[dict[str, Any]] = field(default_factory=list)
    resources: tuple[str, ...] = ()


def _function(name: str, description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "strict": True}
    return {"type": "function", "function": {**function, "parameters": parameters}}


ASSISTANTS = (
    DemoAssistant(
        "handbook",
        "Handbook",
        "Answers questions about company rules, with citations.",
        "Answer from the documents, and cite the passage behind each statement.",
        [{"type": "file_search"}],
        ("store",),
    ),
    DemoAssistant(
        "analyst",
        "Data analyst",
        "Runs Python code on the sales figures.",
        "Write and run Python code to answer. Show charts, and save tables as files.",
        [{"type": "code_interpreter"}],
        ("sales",),
    ),
    DemoAssistant(
        "planner",
        "Trip planner",
        "Calls functions of your application.",
        "Plan trips. Look up the weather and the trains before you answer.",
        [
            _function(
                "get_weather",
                "Return the weather of a city today.",
                city={"type": "string", "description": "Name of the city"},
                unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
            ),
            _function(
                "find_trains",
                "Return the next trains to a city.",
                city={"type": "string", "description": "Name of the city"},
            ),
        ],
    ),
    DemoAssistant(
        "writer",
        "Writer",
        "Has no tools.",
        "Write clearly and briefly.",
    ),
)


@dataclass(frozen=True, slots=True)
class DemoThread:
    """`messages`: the user's; each is answered by a run of the assistant."""

    slug: str
    title: str
    assistant: str
    messages: tuple[str, ...]


THREADS = (
    DemoThread(
        "leave",
        "Vacation and parental leave",
        "handbook",
        ("How many days of vacation do I have?", "And how many weeks of parental leave?"),
    ),
    DemoThread("travel", "Hotel budget", "handbook", ("What may a hotel night cost?",)),
    DemoThread(
        "waves",
        "Two waves and a table",
        "analyst",
        ("Plot two waves.", "Now save the sales as a CSV file."),
    ),
    DemoThread(
        "weather",
        "Oslo or Rome?",
        "planner",
        ("Please compare the weather in Oslo and Rome.", "Find trains to Rome."),
    ),
    DemoThread(
        "style",
        "Markdown and a riddle",
        "writer",
        ("Show me all of your markdown.", "Think: is 17 prime?"),
    ),
    DemoThread("failed", "A run that fails", "writer", ("Show me an error.",)),
)
# The output of every function call, by the function's name.
OUTPUTS = {
    "get_weather": '{"temperature": 21, "sky": "clear"}',
    "find_trains": '{"trains": ["08:15", "10:15", "12:15"]}',
}
