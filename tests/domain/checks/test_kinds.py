"""The catalogue of kinds is complete and consistent."""

from assistants_app.domain.checks import running
from assistants_app.domain.checks.check import COMMON
from assistants_app.domain.checks.kinds import CHOICE, ELSEWHERE, GROUPS, KINDS, SIMILAR, needs_of
from assistants_app.domain.checks.tool_use import CALLS, MATCHES, ORDERS
from assistants_app.domain.checks.validation import _TYPES


def test_every_kind_can_be_run_or_says_what_it_needs() -> None:
    for name, kind in KINDS.items():
        assert kind.needs or name in running._FINDERS
    assert needs_of(SIMILAR, {}) == "meaning"
    assert needs_of(SIMILAR, {"by": "words"}) == ""


def test_every_kind_has_words_and_fields_that_a_form_can_show() -> None:
    for kind in KINDS.values():
        assert kind.label
        assert kind.help.endswith(".")
        assert kind.group in (*GROUPS, ELSEWHERE)
        names = [field.name for field in kind.fields]
        assert len({*names}) == len(names)
        assert not {*names} & {*COMMON}
        assert {*kind.one_of} <= {*names}
        for field in kind.fields:
            assert field.label
            assert field.type in _TYPES
            assert bool(field.choices) is (field.type == CHOICE)


def test_choices_are_those_that_the_checks_know() -> None:
    def values(kind: str, name: str) -> tuple[str, ...]:
        field = KINDS[kind].field(name)
        assert field
        return tuple(value for value, _ in field.choices)

    assert values("tool_arguments", "match") == MATCHES
    assert values("tool_arguments", "calls") == CALLS
    assert values("tool_order", "match") == ORDERS
