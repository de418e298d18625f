"""The tools that this server runs itself, by their type on the wire."""

from assistants_app.models import Run
from assistants_app.tools.code_interpreter import CodeInterpreter
from assistants_app.tools.file_search import FileSearch
from assistants_app.tools.tool import Tool

BUILT_IN: dict[str, Tool] = {tool.type: tool for tool in (CodeInterpreter(), FileSearch())}


def toolbox(run: Run) -> dict[str, Tool]:
    """Return the run's built-in tools by the name that the model uses for them, their type."""
    types = {tool["type"] for tool in run.tools}
    return {name: tool for name, tool in BUILT_IN.items() if name in types}
