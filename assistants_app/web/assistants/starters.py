"""Starters: assistants from templates, and prompts that fit an assistant."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Assistant
from assistants_app.wire.assistants.templates import TEMPLATES

Prompt = tuple[Promise, Promise]  # the button's text, and the message

BLANK = "blank"
ICONS = {CODE_INTERPRETER: "terminal", FILE_SEARCH: "file-search", FUNCTION: "braces"}
TOOL_NAMES = {
    CODE_INTERPRETER: _("Code interpreter"),
    FILE_SEARCH: _("File search"),
    FUNCTION: _("Function"),
}


@dataclass(frozen=True, slots=True)
class Starter:
    """A template as people choose it. `prompts` try an assistant made from it."""

    key: str
    name: Promise
    about: Promise
    prompts: tuple[Prompt, ...] = ()

    @property
    def tools(self) -> list[tuple[str, Promise]]:
        """Return the icon and the name of each tool."""
        kinds = [tool["type"] for tool in TEMPLATES[self.key].get("tools", [])]
        return [(ICONS[kind], TOOL_NAMES[kind]) for kind in kinds]


_WEATHER = (_("Weather in two cities"), _("What is the weather in Paris and in London?"))
_TOPICS = (_("What is in my files?"), _("What topics do my files cover? Cite your sources."))
_DICE = (
    _("Roll dice and plot"),
    _("Roll two dice 1,000 times with Python, and plot how often each sum comes up."),
)
# The first one has to suit the bundled model, which is too small for tools.
STARTERS = (
    Starter(
        "writer",
        _("Short answers"),
        _("Answers and writes in a few sentences"),
        (
            (_("Why is the sky blue?"), _("Why is the sky blue?")),
            (_("Two sentences about the sea"), _("Write two sentences about the sea.")),
            (_("Names for a cat"), _("Give me three names for a cat.")),
        ),
    ),
    Starter(
        "tutor",
        _("Math tutor"),
        _("Solves problems with Python"),
        (
            (
                _("Solve 3x + 11 = 14"),
                _("I need to solve the equation 3x + 11 = 14. Can you help me?"),
            ),
            (_("Is 1,001 prime?"), _("Is 1,001 a prime number? Show how you know.")),
        ),
    ),
    Starter(
        "analyst",
        _("Data analyst"),
        _("Analyzes and charts your data"),
        (_DICE, (_("Plot a sine"), _("Plot sin(x) from 0 to 2π with Python."))),
    ),
    Starter(
        "documents",
        _("Document Q&A"),
        _("Answers from your files"),
        (_TOPICS, (_("Summarize my files"), _("Summarize each of my files in two sentences."))),
    ),
    Starter("functions", _("Function caller"), _("Calls a function you answer"), (_WEATHER,)),
    Starter(
        "extractor",
        _("JSON extractor"),
        _("Replies in structured JSON"),
        (
            (
                _("Two people"),
                _("Maria Lopez, our head of sales, met the architect John Reed in Lisbon."),
            ),
        ),
    ),
    Starter(
        BLANK,
        _("Blank"),
        _("Start from scratch"),
        (
            (_("A haiku"), _("Write a haiku about a patient computer.")),
            (_("A table"), _("Compare three sorting algorithms in a table.")),
            (_("A formula"), _("Explain the quadratic formula, with the formula in LaTeX.")),
        ),
    ),
)
MOST = 4


def suggested_prompts(assistant: Assistant) -> list[Prompt]:
    """Return prompts for a new thread: the template's own, or some that try the assistant's tools.

    An assistant with instructions of its own and no tools gets a prompt that suits any.
    """
    for starter in STARTERS:
        if _is_made_from(assistant, starter):
            return list(starter.prompts)
    found = [prompt for tool in assistant.tools for prompt in _prompts_for(tool, assistant)]
    if (assistant.response_format or {}) and not found:
        found = [(_("An example"), _("Make up an example that fits your reply format."))]
    whatever = (_("What can you do?"), _("What can you help me with?"))
    return [*found, whatever][:MOST]


def _is_made_from(assistant: Assistant, starter: Starter) -> bool:
    template = TEMPLATES[starter.key]
    kinds = [tool["type"] for tool in assistant.tools]
    return (assistant.instructions or "") == template.get("instructions", "") and kinds == [
        tool["type"] for tool in template.get("tools", [])
    ]


def _prompts_for(tool: dict[str, Any], assistant: Assistant) -> list[Prompt]:
    if tool["type"] == FUNCTION:
        name = tool["function"]["name"]
        message = _("Call {name} with values that make sense, and explain the result.")
        return [(format_lazy(_("Try {name}"), name=name), format_lazy(message, name=name))]
    if tool["type"] == FILE_SEARCH:
        return [_TOPICS]
    if (assistant.tool_resources.get(CODE_INTERPRETER) or {}).get("file_ids"):
        return [
            (
                _("Describe my data"),
                _("Describe the attached files: columns, ranges and missing values."),
            ),
            (_("Chart my data"), _("Plot what is most interesting in the attached files.")),
        ]
    return [_DICE]
