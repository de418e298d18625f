"""The sample set: small questions that the template "Short answers" can be tested with."""

from typing import Any, Final

from assistants_app.domain.test_sets.messages import user_turn

SAMPLE_NAME: Final = "Sample: short answers"


def _row(question: str, answer: str, *tags: str, **more: Any) -> dict[str, Any]:
    checks = [
        {"kind": "contains_any", "values": ["{{expected.answer}}"], "ignore_case": True},
        {"kind": "length", "unit": "words", "most": 60},
    ]
    return {
        "turns": [user_turn("{{question}}")],
        "variables": {"question": question},
        "expected": {"answer": answer},
        "checks": checks,
        "tags": list(tags),
        **more,
    }


SAMPLE_ROWS: Final[tuple[dict[str, Any], ...]] = (
    _row("What is the capital of France?", "Paris", "facts"),
    _row("Which planet is known as the Red Planet?", "Mars", "facts"),
    _row("How many days are there in a leap year?", "366", "numbers"),
    _row("What is 12 plus 30?", "42", "numbers"),
    _row("What gas do plants take in from the air?", "carbon dioxide", "facts"),
    _row("Which is the largest ocean on Earth?", "Pacific", "facts"),
    _row("What is the opposite of 'hot'?", "cold", "words"),
    _row("Spell the plural of 'child'.", "children", "words"),
    _row("How many letters are there in the English alphabet?", "26", "numbers"),
    _row("Who wrote 'Romeo and Juliet'?", "Shakespeare", "facts"),
    _row(
        "My name is Ada.",
        "Ada",
        "memory",
        turns=[user_turn("{{question}}"), user_turn("What is my name?")],
    ),
    _row(
        "Reply with a JSON object that has the key city and the value Oslo. Write nothing else.",
        "Oslo",
        "format",
        checks=[
            {"kind": "is_json"},
            {"kind": "json_path", "path": "city", "value": "{{expected.answer}}"},
        ],
    ),
)
