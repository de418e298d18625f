"""Outcomes and forms of checks as pages show them."""

import re

import pytest

from assistants_app.domain.checks import check as checks
from assistants_app.domain.checks.check import STATES, Check, Outcome, check_from
from assistants_app.domain.checks.combining import combine
from assistants_app.domain.checks.forms import fields_of, form_of
from assistants_app.domain.checks.kinds import FLAG, KINDS
from assistants_app.domain.checks.validation import Problem
from assistants_app.rendering.checks.outcomes import (
    outcome_badge,
    render_fields,
    render_outcomes,
    result_words,
)

HOSTILE = '"><script>alert(1)</script>'


def test_an_outcome_shows_its_check_its_state_and_its_reason() -> None:
    similar = check_from({"kind": "similar", "value": "Hi", "metric": "tone", "weight": 0})
    html = render_outcomes([(similar, Outcome(checks.PASSED, 0.875, "Nearly the same."))])
    for words in ("Is similar to “Hi”", "Passed", "0.88", "Nearly the same.", "Metric: tone."):
        assert words in html
    assert "Only informs" in html
    plain = render_outcomes([(Check("refusal"), Outcome(checks.FAILED, 0.0, "No refusal."))])
    assert "0.00" not in plain
    assert "This row has no checks." in render_outcomes([])


def test_every_state_has_words_and_not_only_a_colour() -> None:
    words = [outcome_badge(state).text for state in STATES]
    assert all(words)
    assert len({*words}) == len(words)


def test_texts_of_models_are_escaped() -> None:
    check = check_from({"kind": "equals", "value": HOSTILE, "metric": HOSTILE})
    html = render_outcomes([(check, Outcome(checks.FAILED, 0.0, HOSTILE))])
    assert "<script>" not in html
    form = form_of({"kind": "equals"}, [Problem("value", HOSTILE)], {"value": HOSTILE})
    assert "<script>" not in render_fields(form, "c-")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_label_a_control_and_its_error(kind: str) -> None:
    problems = [Problem(field.name, f"Wrong {field.name}.") for field in fields_of(KINDS[kind])]
    html = render_fields(form_of({"kind": kind}, problems, {}), "row-1-")
    for field in fields_of(KINDS[kind]):
        assert f'<label for="row-1-{field.name}">' in html or field.type == FLAG
        assert re.search(rf'id="row-1-{field.name}"\s+name="row-1-{field.name}"', html)
        assert f"Wrong {field.name}." in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len({*ids}) == len(ids)


def outcomes(*states: str) -> list[Outcome]:
    scores = {checks.PASSED: 1.0, checks.FAILED: 0.0}
    return [Outcome(state, scores.get(state), "") for state in states]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["passed"], "1 of 1 check passed."),
        (["passed", "failed", "skipped"], "1 of 2 checks passed."),
        (
            ["passed", "error"],
            "1 of 1 check passed. 1 ended with an error. "
            "So the reply has neither passed nor failed.",
        ),
        (["not_run", "passed"], "1 of 1 check passed. 1 can't run here."),
        ([], "No check was carried out."),
    ],
)
def test_a_result_in_words(states: list[str], words: str) -> None:
    found = outcomes(*states)
    result = combine([(Check("refusal"), outcome) for outcome in found])
    assert result_words(result, found) == words
