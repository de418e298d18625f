"""Starters: assistants from templates, and prompts that try an assistant's tools."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import Assistant

# Template, name and description: in the menu, and on the page of a project without assistants.
TEMPLATES: tuple[tuple[str, Promise, Promise], ...] = (
    ("tutor", _("Math tutor"), _("Solves problems with Python")),
    ("analyst", _("Data analyst"), _("Analyzes and charts your data")),
    ("documents", _("Document Q&A"), _("Answers from your files")),
    ("functions", _("Function caller"), _("Calls a function you answer")),
    ("extractor", _("JSON extractor"), _("Replies in structured JSON")),
    ("blank", _("Blank"), _("Start from scratch")),
)

# The button's text and the prompt, by the tool that the prompt tries.
PROMPTS: dict[str, tuple[tuple[Promise, Promise], ...]] = {
    CODE_INTERPRETER: (
        (
            _("Solve 3x + 11 = 14"),
            _("I need to solve the equation 3x + 11 = 14. Can you help me?"),
        ),
        (_("Plot a sine"), _("Plot sin(x) from 0 to 2π with Python.")),
    ),
    FILE_SEARCH: (
        (_("What is in my files?"), _("What topics do my files cover? Cite your sources.")),
    ),
    FUNCTION: ((_("Weather in two cities"), _("What is the weather in Paris and in London?")),),
    "": (
        (_("A haiku"), _("Write a haiku about a patient computer.")),
        (_("A table"), _("Compare three sorting algorithms in a table.")),
        (_("A formula"), _("Explain the quadratic formula, with the formula in LaTeX.")),
    ),
}
MOST = 4


def suggested_prompts(assistant: Assistant) -> list[tuple[Promise, Promise]]:
    """Return prompts for a new thread: prompts that try the assistant's tools first."""
    kinds = dict.fromkeys([*(tool["type"] for tool in assistant.tools), ""])
    return [prompt for kind in kinds for prompt in PROMPTS.get(kind, ())][:MOST]
