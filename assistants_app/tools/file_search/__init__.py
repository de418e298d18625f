"""File search: finds chunks in the vector stores of the thread and the assistant."""

import json
from typing import Any

from assistants_app.domain.tools import FILE_SEARCH, FUNCTION
from assistants_app.models import Run
from assistants_app.tools.file_search.call import SearchCall
from assistants_app.tools.file_search.words import words_of_results

DESCRIPTION = (
    "Searches the user's files and returns the best passages, each after a mark such as "
    "【0:3†report.pdf】. Search with words that the answer would contain; search again with other "
    "words, or for another part of the question, if that was not enough. Put the mark of a passage "
    "after each statement that you take from it, exactly as written."
)


class FileSearch:
    """See :class:`assistants_app.tools.tool.Tool`."""

    type = FILE_SEARCH

    def definition(self, run: Run) -> dict[str, Any]:
        """Return a function with one argument."""
        query = {"type": "string", "description": "What to look for"}
        return {
            "type": FUNCTION,
            "function": {
                "name": self.type,
                "description": DESCRIPTION,
                "parameters": {
                    "type": "object",
                    "properties": {"query": query},
                    "required": ["query"],
                },
            },
        }

    def begin(self, call_id: str) -> SearchCall:
        """Return a call whose query has not arrived yet."""
        return SearchCall(call_id)

    def arguments(self, details: dict[str, Any]) -> str:
        """Return the arguments of an earlier call."""
        return json.dumps({"query": details[FILE_SEARCH].get("query", "")})

    def result(self, details: dict[str, Any]) -> str:
        """Return the results of an earlier call in words."""
        return words_of_results(details[FILE_SEARCH].get("results") or ())
