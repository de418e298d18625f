"""The list of checks in a form: what is read, kept, moved and refused."""

import json
from typing import Any

import pytest

from assistants_app.domain.checks.validation import MOST_CHECKS, validate_check
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.check_drafts import (
    ACTS,
    Draft,
    carry_out,
    drafts_of,
    fields_with,
    read_draft,
    texts_of,
    with_lost_turns,
)

EQUALS = {"kind": "equals", "value": "yes"}
LENGTH = {"kind": "length", "unit": "words", "most": 5}
FOREIGN = {"kind": "foreign", "kept": {"type": "javascript", "reason": "No JavaScript here"}}


def read(stored: Any, kind: str = "", turn: str = "", **texts: str) -> Draft:
    text = stored if isinstance(stored, str) else json.dumps(stored)
    return read_draft(text, kind, turn, texts.get)


def test_a_row_and_its_list_of_checks_say_the_same() -> None:
    content = {
        "checks": [EQUALS, FOREIGN],
        "turn_checks": {"10": [LENGTH], "2": [EQUALS, LENGTH]},
    }
    drafts = drafts_of(content)
    assert [draft.turn for draft in drafts] == ["", "", "2", "2", "10"]
    assert fields_with(drafts) == content
    assert fields_with([]) == {"checks": [], "turn_checks": {}}


@pytest.mark.parametrize(
    "stored",
    [
        EQUALS,
        LENGTH,
        # What a form would lose: spaces, empty lines, and what goes without saying.
        {"kind": "equals", "value": " yes "},
        {"kind": "contains_any", "values": ["a\nb", " c"], "ignore_case": False},
        {"kind": "equals", "value": "yes", "not": False, "weight": 1},
        {"kind": "equals", "value": None},
        {"kind": "judge_score", "rubric": "Polite", "threshold": 0.5, "metric": "tone"},
    ],
)
def test_a_check_that_nobody_touches_stays_as_it_is(stored: dict[str, Any]) -> None:
    assert read(stored).stored == stored
    opened = read(stored, stored["kind"], **texts_of(stored))
    assert (opened.stored, opened.problems) == (stored, ())
    # Browsers send other line ends.
    sent = {name: text.replace("\n", "\r\n") for name, text in texts_of(stored).items()}
    assert read(stored, stored["kind"], **sent).stored == stored


def test_what_is_typed_is_read_or_refused_under_its_field() -> None:
    changed = read(EQUALS, "equals", value="no", weight="2")
    assert changed.stored == {"kind": "equals", "value": "no", "weight": 2}
    refused = read(EQUALS, "equals", value="", weight="many")
    assert refused.message_of("value") == "This field is required."
    assert "Enter a number" in refused.message_of("weight")
    assert refused.texts is not None
    assert refused.texts["weight"] == "many"
    assert refused.words == "Equals"


def test_another_kind_keeps_what_fits() -> None:
    texts = {"values": "Paris\nLyon", "ignore_case": "on", "metric": "place", "not": "on"}
    made = read({"kind": "contains_any"}, "equals", **texts)
    assert made.stored == {
        "kind": "equals",
        "value": "Paris",
        "ignore_case": True,
        "metric": "place",
        "not": True,
    }
    back = read(made.stored, "contains_all", **(made.texts or {}))
    assert back.stored["values"] == ["Paris"]
    # Of code that ran, the default is a ticked box, which the other kind can't have meant.
    assert read({"kind": "refusal"}, "code_ran").stored == {"kind": "code_ran"}
    length = read({"kind": "refusal"}, "length")
    assert length.message_of("least") == "Fill in “At least or At most”."


def test_a_check_of_another_product_is_kept_word_for_word() -> None:
    draft = read(FOREIGN, "equals", value="replaced")
    assert (draft.stored, draft.is_foreign) == (FOREIGN, True)
    assert carry_out([draft], "edit", 0) == [draft]


@pytest.mark.parametrize(
    ("stored", "kind", "turn"),
    [
        ("", "equals", ""),
        ("[]", "equals", ""),
        ("{", "", ""),
        ("[" * 100_000, "", ""),
        ({"kind": "surprise"}, "equals", ""),
        ({"kind": ["equals"]}, "equals", ""),
        (EQUALS, "surprise", ""),
        (EQUALS, "foreign", ""),
        (EQUALS, "", "-1"),
        (EQUALS, "", "٣"),
        (EQUALS, "", "10000000000"),
        # A closed check is always whole.
        ({"kind": "equals"}, "", ""),
        ({"kind": "contains_any", "values": 5}, "", ""),
        ({"kind": "foreign", "kept": "text"}, "", ""),
    ],
)
def test_a_form_that_is_not_ours_is_refused(stored: Any, kind: str, turn: str) -> None:
    with pytest.raises(InvalidRequest):
        read(stored, kind, turn)


def test_the_list_is_changed_by_acts() -> None:
    drafts = [Draft(EQUALS), Draft(LENGTH), Draft(FOREIGN)]

    def kinds(name: str, place: int, kind: str = "") -> list[str]:
        return [draft.kind for draft in carry_out(drafts, name, place, kind)]

    assert kinds("up", 1) == ["length", "equals", "foreign"]
    assert kinds("down", 1) == ["equals", "foreign", "length"]
    assert kinds("up", 0) == kinds("down", 2) == ["equals", "length", "foreign"]
    assert kinds("remove", 1) == ["equals", "foreign"]
    assert kinds("copy", 2) == ["equals", "length", "foreign", "foreign"]
    added = carry_out(drafts, "add", 0, "refusal")[-1]
    assert (added.stored, added.texts is not None) == ({"kind": "refusal"}, True)
    opened = carry_out(drafts, "edit", 0)
    assert opened[0].texts == texts_of(EQUALS)
    assert carry_out(opened, "close", 0)[0].texts is None
    wrong = [read(EQUALS, "equals", value="")]
    assert carry_out(wrong, "close", 0) == wrong
    assert carry_out(wrong, "kind", 0)[0].problems == ()
    assert drafts == [Draft(EQUALS), Draft(LENGTH), Draft(FOREIGN)]


@pytest.mark.parametrize(
    ("name", "place", "kind"),
    [("surprise", 0, ""), ("up", 1, ""), ("remove", -1, ""), ("add", 0, ""), ("add", 0, "foreign")],
)
def test_acts_that_make_no_sense_are_refused(name: str, place: int, kind: str) -> None:
    with pytest.raises(InvalidRequest):
        carry_out([Draft(EQUALS)], name, place, kind)


@pytest.mark.parametrize("name", ["add", "copy"])
def test_a_list_has_room_for_so_many(name: str) -> None:
    with pytest.raises(InvalidRequest, match="at most 100"):
        carry_out([Draft(EQUALS)] * MOST_CHECKS, name, 0, "refusal")
    assert name in ACTS


def test_a_check_of_a_message_that_is_gone_says_so() -> None:
    here, gone = with_lost_turns([Draft(EQUALS, "1"), Draft(EQUALS, "2")], 2)
    assert here.message_of("turn") == ""
    assert "doesn't have this message" in gone.message_of("turn")
    assert validate_check(gone.stored) == []
