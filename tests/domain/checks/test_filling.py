"""Values of a row in texts of its checks."""

from typing import Any

import pytest

from assistants_app.domain.checks.filling import fill, fill_text

ITEM: dict[str, Any] = {
    "variables": {"city": "Oslo", "n": 5, "evil": "{{city}}", "list": [1, "{{n}}"], "a.b": 7},
    "expected": {"answer": {"a": 1}},
}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{{city}}", "Oslo"),
        ("in {{ city }}!", "in Oslo!"),
        ("{{n}}", 5),
        ("n={{n}}", "n=5"),
        ("{{expected.answer}}", {"a": 1}),
        ("{{expected.answer.a}}", 1),
        ("{{a.b}}", 7),
        ("{{list.0}}", 1),
        ("{{evil}} {{evil}}", "{{city}} {{city}}"),
        ("{{list}}", [1, "{{n}}"]),
        (r"\{{city}}", "{{city}}"),
        (r"\{{city}} {{city}}", "{{city}} Oslo"),
        ({"a": ["{{n}}", {"b": "{{city}}"}]}, {"a": [5, {"b": "Oslo"}]}),
        ("{{not a name}} {{", "{{not a name}} {{"),
        (None, None),
    ],
)
def test_marks_are_replaced_once(value: Any, filled: Any) -> None:
    assert fill(value, ITEM) == filled


def test_values_can_be_changed_on_the_way() -> None:
    assert fill_text("^{{city}}$", ITEM, lambda value: f"<{value}>") == "^<Oslo>$"
