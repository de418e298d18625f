"""Equal values have one text, and different values have two."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_app.domain.configurations.canonical import canonical_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_the_text_is_the_value_and_stays_the_same(value: Any) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_counts_only_if_it_is_kept(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical_json(turned) == canonical_json(value)
    same = list(turned) == list(value)
    assert (
        canonical_json(turned, keeps_order=True) == canonical_json(value, keeps_order=True)
    ) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0, -0.0),
        (100, 1e2),
        ([{"a": 2.0}], [{"a": 2}]),
        (("a",), ["a"]),
    ],
)
def test_equal_values_are_equal_texts(one: Any, other: Any) -> None:
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, "null"),
        ([1, 2], [2, 1]),
        ({"a": None}, {}),
        (2**53 + 1, float(2**53)),
        ("é", "e\u0301"),
    ],
)
def test_different_values_are_different_texts(one: Any, other: Any) -> None:
    assert canonical_json(one) != canonical_json(other)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json(value)


def test_half_an_emoji_can_be_encoded() -> None:
    assert canonical_json("\ud83d").encode() == b'"\\ud83d"'
