"""The replies of the two models in the example of docs/experiments.md."""

from collections.abc import Mapping
from typing import Any

from tests.browser.experiments.pictures import ANSWERS, UNSURE
from tests.browser.studio import MODEL, SMALL_MODEL
from tests.fakes.replies import Reply

SMALL, LARGE = SMALL_MODEL, MODEL
# Questions that are added later, with the answer and the model that doesn't know it.
MORE: Mapping[str, tuple[str, str]] = {
    "Which river flows through Vienna?": ("Danube", ""),
    "Who painted the 'Mona Lisa'?": ("Leonardo", ""),
    "How many minutes are in three hours?": ("180", ""),
    "What is the past tense of 'to swim'?": ("swam", SMALL),
    "Which metal is liquid at room temperature?": ("mercury", ""),
    "What is the smallest prime number?": ("2", ""),
    "Which language do people speak in Brazil?": ("Portuguese", ""),
    "In which year did the Berlin Wall fall?": ("1989", SMALL),
    "How do you spell 'necessary'?": ("necessary", ""),
    "What does the 'H' in H2O stand for?": ("hydrogen", ""),
    "What is 15 percent of 240?": ("36", SMALL),
    "Which desert covers most of North Africa?": ("Sahara", ""),
    "Name the antonym of 'ancient'.": ("modern", ""),
    "How many sides does a hexagon have?": ("6", ""),
    "Who discovered penicillin?": ("Fleming", SMALL),
    "What is the currency of Japan?": ("yen", ""),
    "Which month has 28 days in most years?": ("February", ""),
    "What do you call a group of wolves?": ("pack", SMALL),
    "How many kilometers are ten miles, rounded?": ("16", SMALL),
    "What is the plural of 'mouse'?": ("mice", ""),
    "Which organ pumps blood?": ("heart", ""),
    "What time is it in New York when it is noon in London?": ("7", LARGE),
    "Which country has the most people?": ("India", SMALL),
    "What is the square root of 144?": ("12", ""),
    "Translate 'good morning' into Spanish.": ("Buenos días", ""),
    "Which gas makes up most of the air?": ("nitrogen", SMALL),
    "Who wrote 'Faust'?": ("Goethe", ""),
    "Write the Roman numeral for 49.": ("XLIX", SMALL),
}


def row_of(question: str) -> dict[str, Any]:
    """Return the row that asks one of the later questions."""
    answer, _ = MORE[question]
    return {
        "turns": [{"role": "user", "content": question}],
        "expected": {"answer": answer},
        "checks": [
            {"kind": "contains_any", "values": ["{{expected.answer}}"], "ignore_case": True}
        ],
    }


def answer(body: dict[str, Any]) -> Reply | None:
    """Answer as the models of the example do."""
    asked, model = str(body["messages"][-1]["content"]), body["model"]
    for question, (said, unknown_to) in MORE.items():
        if question in asked:
            return Reply(text=UNSURE if model == unknown_to else f"{said}.")
    for words, (of_small, of_others) in ANSWERS.items():
        if words in asked:
            return Reply(text=of_small if model == SMALL else of_others)
    return None
