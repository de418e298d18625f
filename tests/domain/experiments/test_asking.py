"""What a cell asks of its row."""

from typing import Any

import pytest

from assistants_app.domain.configurations.variables import Declaration, pieces
from assistants_app.domain.experiments.asking import policy_of_run, text_of_turn, values_of_run
from assistants_app.domain.tapes.policy import ASK, MOCK, Policy


def row(text: str, **variables: Any) -> dict[str, Any]:
    return {"turns": [{"role": "user", "content": text}], "variables": variables}


@pytest.mark.parametrize(
    ("text", "variables", "asked"),
    [
        ("Hi {{name}}", {"name": "Ann"}, "Hi Ann"),
        ("Hi {{ name }} and {{other}}", {"name": "Ann"}, "Hi Ann and {{other}}"),
        (r"Hi \{{name}}", {"name": "Ann"}, "Hi {{name}}"),
        ("{{a}}{{b}}", {"a": "{{b}}", "b": "x"}, "{{b}}x"),
        ("{{n}} {{yes}}", {"n": 3, "yes": True}, "3 true"),
        ("{{list}}", {"list": ["é", {"a": 1}]}, '["é", {"a": 1}]'),
        ("{{my key}}", {"my key": "x"}, "{{my key}}"),
    ],
)
def test_variables_of_the_row_are_replaced_once(
    text: str, variables: dict[str, Any], asked: str
) -> None:
    assert text_of_turn(row(text, **variables), 0, {}) == asked


def test_what_the_variant_declares_is_left_to_its_run() -> None:
    known = {"b": Declaration("b")}
    content = row(r"{{a}} {{b}} \{{b}} \{{a}}", a="{{b}}", b="B")
    text = text_of_turn(content, 0, known)
    # What the engine then makes of it.
    assert "".join(map(str, pieces(text, {"b": "B"}, read_file=str))) == "{{b}} B {{b}} {{a}}"


def test_a_run_gets_values_of_declared_variables_and_the_rows_go_first() -> None:
    known = {name: Declaration(name) for name in ("a", "b")}
    values = values_of_run(row("", a="row", c="no"), {"a": "variant", "b": "variant"}, known)
    assert values == {"a": "row", "b": "variant"}


def test_mocks_of_the_row_go_before_those_of_the_variant() -> None:
    mocks = {"f": {"output": 1}}
    assert policy_of_run({}, None, None) is None
    assert policy_of_run({"mocks": mocks}, None, None) == Policy(on_miss=MOCK, mocks=mocks)
    variant = Policy(on_miss=ASK, mocks={"f": {"output": 2}, "g": {"output": 3}}).as_json()
    assert policy_of_run({"mocks": mocks}, variant, {}) == Policy(
        on_miss=ASK, mocks={"f": {"output": 1}, "g": {"output": 3}}
    )
    assert policy_of_run({}, None, Policy(on_miss=ASK).as_json()) == Policy(on_miss=ASK)
