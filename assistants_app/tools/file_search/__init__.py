"""File search: the model asks, the thread's and the assistant's vector stores answer."""

import json
from typing import Any

from assistants_app.domain.tools import FILE_SEARCH, FUNCTION
from assistants_app.models import Run
from assistants_app.tools.file_search.call import SearchCall

DESCRIPTION = (
    "Searches the user's files and returns the passages that fit best, each under a mark such as "
    "【0:3†report.pdf】. Ask in the words that the answer would have; ask again in other words, or "
    "for another part of the question, if that was not enough. Put the mark of a passage behind "
    "each statement that you take from it, exactly as it stands."
)


class FileSearch:
    """See :class:`assistants_app.tools.tool.Tool`."""

    type = FILE_SEARCH

    def definition(self, run: Run) -> dict[str, Any]:
        """A function of one argument."""
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
        """A call whose query is still to come."""
        return SearchCall(call_id)

    def arguments(self, details: dict[str, Any]) -> str:
        """The one argument."""
        return json.dumps({"query": details[FILE_SEARCH].get("query", "")})
