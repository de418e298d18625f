"""Assistants to begin with. Each works on the bundled demo model, as far as that can."""

from typing import Any

TEMPLATES: dict[str, dict[str, Any]] = {
    "blank": {"name": "Untitled assistant"},
    "tutor": {
        "name": "Math tutor",
        "instructions": (
            "You are a personal math tutor. Explain each step in plain words, and finish with the "
            "answer on a line of its own."
        ),
        "temperature": 0.3,
    },
    "analyst": {
        "name": "Data analyst",
        "instructions": (
            "Write and run Python code to answer. Say in plain words what came out; give tables "
            "and documents as files."
        ),
        "temperature": 0.3,
        "tools": [{"type": "code_interpreter"}],
    },
    "functions": {
        "name": "Weather caller",
        "instructions": "Use get_weather when somebody asks for the weather of a place.",
        "temperature": 0.2,
        "tools": [
            {
                "type": "function",
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
