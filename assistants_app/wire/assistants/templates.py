"""Templates for new assistants, as request bodies without a model."""

from typing import Any

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION

TEMPLATES: dict[str, dict[str, Any]] = {
    "blank": {"name": "Untitled assistant"},
    "writer": {
        "name": "Short answers",
        "instructions": (
            "You write short, clear texts in plain English. Answer in at most three sentences."
        ),
        "temperature": 0.3,
    },
    "tutor": {
        "name": "Math tutor",
        "instructions": (
            "You are a personal math tutor. Write and run Python code to solve or check each "
            "problem. Explain each step in plain words, and end with the answer on its own line."
        ),
        "temperature": 0.3,
        "tools": [{"type": CODE_INTERPRETER}],
    },
    "documents": {
        "name": "Document Q&A",
        "instructions": (
            "Answer only from the documents, and cite the source of each statement. If the "
            "documents don't contain the answer, say so."
        ),
        "temperature": 0.2,
        "tools": [{"type": FILE_SEARCH}],
    },
    "analyst": {
        "name": "Data analyst",
        "instructions": (
            "Write and run Python code to answer. Explain the result in plain words, and save "
            "tables and documents as files."
        ),
        "temperature": 0.3,
        "tools": [{"type": CODE_INTERPRETER}],
    },
    "functions": {
        "name": "Function caller",
        "instructions": "Call get_weather when the user asks about the weather in a place.",
        "temperature": 0.2,
        "tools": [
            {
                "type": FUNCTION,
                "function": {
                    "name": "get_weather",
                    "description": "Get the current weather in a place.",
                    "parameters": {
                        "type": "object",
                        "properties": {
                            "location": {
                                "type": "string",
                                "description": "City and country, such as London, UK",
                            }
                        },
                        "required": ["location"],
                    },
                },
            }
        ],
    },
    "extractor": {
        "name": "JSON extractor",
        "instructions": "Extract the people named in the text, with their roles.",
        "temperature": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "people",
                "schema": {
                    "type": "object",
                    "properties": {
                        "people": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "name": {"type": "string"},
                                    "role": {"type": "string"},
                                },
                                "required": ["name", "role"],
                            },
                        }
                    },
                    "required": ["people"],
                },
            },
        },
    },
}
