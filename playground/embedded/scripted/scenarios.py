"""The table: which words of the user's message call for which reply."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.embedded.scripted.prompt import CITATION, Prompt, as_json, sample

QUICK, SLOW = 0.01, 0.25  # seconds between two words
PLOT = """\
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 4 * np.pi, 400)
plt.figure(figsize=(7, 3.5))
plt.plot(x, np.sin(x), label="sin x")
plt.plot(x, np.exp(-x / 6) * np.cos(2 * x), label="damped")
plt.title("Two waves")
plt.legend()
plt.show()
print("max:", round(float(np.sin(x).max()), 3))
"""
TABLE = """\
import pandas as pd

sales = pd.DataFrame({"month": ["January", "February", "March"], "sales": [120, 135, 158]})
sales.to_csv("/mnt/data/sales.csv", index=False)
print(sales.describe())
"""
SUM = "total = sum(n * n for n in range(1, 11))\nprint(total)\n"
MARKDOWN = """\
## A heading

A paragraph with **bold**, *italic*, `code` and a [link](https://example.org).

1. First
2. Second
   - nested

| city | days |
|---|---:|
| Oslo | 3 |
| Rome | 12 |

```python
def greet(name: str) -> str:
    return f"Hello, {name}"
```

> A quotation ends it.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `arguments` is JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the model.

    - `pace`: seconds between two words.
    - `status` and `error`: an HTTP error in place of the answer.
    - `breaks`: the stream reports an error after its text.
    - `finish`: the reason the reply ends, if it is not the usual one.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[Call, ...] = ()
    pace: float = QUICK
    status: int = 200
    error: str = ""
    breaks: bool = False
    finish: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row of the table. `tool`: it applies only where the model is offered this tool."""

    words: tuple[str, ...]
    shows: str
    reply: Callable[[Prompt], Reply]
    tool: str = ""


def _functions(prompt: Prompt) -> Reply:
    """Call the function that the user's words name, twice for "both" or "compare"."""
    named = [name for name in prompt.functions if prompt.has(tuple(name.lower().split("_")))]
    chosen = (named or prompt.functions)[0]
    count = 2 if prompt.has(("both", "two", "compare", "parallel")) else 1
    places = (prompt.names + ["Berlin", "Lisbon"])[:count]
    schema = prompt.tools[chosen]
    return Reply(calls=tuple(Call(chosen, as_json(sample(schema, place))) for place in places))


def _code(code: str) -> Callable[[Prompt], Reply]:
    call = Call("code_interpreter", as_json({"code": code}))
    return lambda _prompt: Reply(calls=(call,))


def _search(prompt: Prompt) -> Reply:
    return Reply(calls=(Call("file_search", as_json({"query": prompt.text})),))


def _said(text: str, pace: float = QUICK) -> Callable[[Prompt], Reply]:
    return lambda _prompt: Reply(text=text, pace=pace)


SLOW_TEXT = " ".join(f"This is sentence {number} of a slow reply." for number in range(1, 11))
SCENARIOS = (
    Scenario(
        ("error", "fail"),
        "an error of the model's endpoint",
        lambda _: Reply(status=400, error="The scripted model was asked to fail."),
    ),
    Scenario(
        ("crash", "break"),
        "a stream that breaks off",
        lambda _: Reply(text="This reply breaks off in the middle of", breaks=True),
    ),
    Scenario(("slow", "long"), "a slow stream", _said(SLOW_TEXT, SLOW)),
    Scenario(
        ("think", "reason", "why"),
        "reasoning before the reply",
        lambda _: Reply(
            reasoning="The user asks a riddle. 17 has no divisor from 2 to 4, so it is prime.",
            text="17 is prime: no whole number from 2 to 4 divides it.",
        ),
    ),
    Scenario(("markdown", "format"), "headings, lists, a table and code", _said(MARKDOWN)),
    Scenario(
        ("refuse", "refusal"), "a refusal", lambda _: Reply(refusal="I can't help with that.")
    ),
    Scenario(
        ("cut", "length"),
        "a reply that ends at its token limit",
        lambda _: Reply(text="This reply ends before its", finish="length"),
    ),
    Scenario(
        ("plot", "chart", "draw"), "code that draws a plot", _code(PLOT), tool="code_interpreter"
    ),
    Scenario(
        ("csv", "file", "table"), "code that saves a file", _code(TABLE), tool="code_interpreter"
    ),
)
GREETING = (
    "I'm the scripted model of `make dev`: I answer by a table, at once. Give me tools, or write "
    "one of these words:\n\n"
    + "\n".join(f"- **{' / '.join(each.words)}**: {each.shows}" for each in SCENARIOS)
    + "\n- **both / compare**: two function calls at once"
)


def reply_to(prompt: Prompt) -> Reply:
    """Return the reply: to results first, then by the words, then by the tools on offer."""
    if prompt.results:
        return Reply(text=_about_results(prompt))
    for scenario in SCENARIOS:
        if prompt.has(scenario.words) and (not scenario.tool or scenario.tool in prompt.tools):
            return scenario.reply(prompt)
    if prompt.schema is not None:
        return Reply(text=as_json(sample(prompt.schema, "Ada") or {"answer": 42}))
    if "file_search" in prompt.tools:
        return _search(prompt)
    if prompt.functions:
        return _functions(prompt)
    if "code_interpreter" in prompt.tools:
        return _code(SUM)(prompt)
    return Reply(text=GREETING)


def _about_results(prompt: Prompt) -> str:
    texts = []
    for name, output in prompt.results:
        if name == "file_search":
            marks = list(dict.fromkeys(CITATION.findall(output)))[:2]
            found = " ".join(f"One of your documents answers this{mark}." for mark in marks)
            texts.append(found or "Your documents don't say anything about that.")
        elif name == "code_interpreter":
            saved = "sales.csv" in output
            link = " The table is in [sales.csv](sandbox:/mnt/data/sales.csv)."
            texts.append(f"I ran the code, and its output is above.{link if saved else ''}")
        else:
            texts.append(f"`{name}` returned `{output.strip()[:200]}`.")
    return "\n\n".join(dict.fromkeys(texts))
