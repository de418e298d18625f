"""Templates for new assistants, as request bodies without a model."""

from typing import Any

from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION

# Keep each template simple enough for the bundled model, as far as a small model can follow it.
TEMPLATES: dict[str, dict[str, Any]] = {
    "blank": {"name": "Untitled assistant"},
    "tutor": {
        "name": "Math tutor",
        "instructions": (
            "You are a personal math tutor. Write and run Python code to work out or to check what "
            "is asked. Explain each step in plain words, and finish with the answer on a line of "
            "its own."
        ),
        "temperature": 0.3,
        "tools": [{"type": CODE_INTERPRETER}],
    },
    "documents": {
        "name": "Document Q&A",
        "instructions": (
            "Answer from the documents alone, and cite the passage that each statement rests on. "
            "If they do not say, answer that they do not."
        ),
        "temperature": 0.2,
        "tools": [{"type": FILE_SEARCH}],
    },
    "analyst": {
        "name": "Data analyst",
        "instructions": (
            "Write and run Python code to answer. Say in plain words what came out; give tables "
            "and documents as files."
        ),
        "temperature": 0.3,
        "tools": [{"type": CODE_INTERPRETER}],
    },
    "functions": {
        "name": "Function caller",
        "instructions": "Use get_weather when somebody asks for the weather of a place.",
        "temperature": 0.2,
        "tools": [
            {
                "type": FUNCTION,
                "function": {
                    "name": "get_weather",
                    "description": "The weather of a place right now.",
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
        "instructions": "Extract the people that the text names, with their roles.",
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
