"""Values take the place of declared marks, once, and everything else stays as it was typed."""

import time
from typing import Any

import pytest

from assistants_app.domain.configurations.variables import (
    CHOICE,
    Declaration,
    TooLong,
    Value,
    declared,
    file_ids,
    marks,
    missing,
    pieces,
    render,
    resolved,
    undeclared,
)

NAMES = {
    name: Declaration(name, default=default)
    for name, default in {"city": None, "tone": "plain", "größe": None, "a.b-c": None}.items()
}
PHOTO = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "auto"}}
REPORT = {"type": "file", "file": {"file_id": "file-2"}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Go to {{city}}.", "Go to Oslo."),
        ("{{ city }}/{{\tcity\t}}", "Oslo/Oslo"),
        ("{{größe}} {{a.b-c}}", "4 x"),
        ("{{city}}{{city}}", "OsloOslo"),
        # The default
        ("Be {{tone}}.", "Be plain."),
        # Everything else
        ("", ""),
        ("{{other}} { {city} } {city} {{city} {{}} {{ }}", None),
        ("{{CITY}} {{city.x}} {{1city}} {{ci ty}}", None),
        ("{{city\n}} {{city|upper}} {{#if city}}", None),
        ("{{{city}}}", "{Oslo}"),
        ("{% if x %}{{ user.name }}{% endif %}", None),
        # Escapes
        (r"\{{city}}", "{{city}}"),
        (r"\{{ city }}", "{{ city }}"),
        (r"\\{{city}}", "\\Oslo"),
        (r"\\\{{city}}", r"\\Oslo"),
        (r"C:\{{other}} \n \\", None),
        (r"\{{city}}{{city}}", "{{city}}Oslo"),
    ],
)
def test_only_marks_of_declared_names_are_replaced(text: str, shown: str | None) -> None:
    values: dict[str, Value] = {"city": "Oslo", "größe": 4, "a.b-c": "x"}
    assert render(text, NAMES, values) == (text if shown is None else shown)


def test_marks_within_values_stay() -> None:
    values = {"city": "{{tone}} {{city}} \\{{tone}}", "tone": "{{city}}"}
    assert render("{{city}}|{{tone}}", NAMES, values) == ("{{tone}} {{city}} \\{{tone}}|{{city}}")


def test_a_value_that_completes_a_mark_makes_none() -> None:
    assert render("{{{city}}tone}}", NAMES, {"city": "{"}) == "{{tone}}"
    assert render("{{city}}{city}}", NAMES, {"city": "{"}) == "{{city}}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(3, "3"), (0.5, "0.5"), (True, "true"), (False, "false"), ("", ""), (0, "0"), ("é\n", "é\n")],
)
def test_values_are_written_as_in_json(value: str | int | float, shown: str) -> None:
    assert render("<{{city}}>", NAMES, {"city": value}) == f"<{shown}>"


def test_marks_without_a_value_stay() -> None:
    assert render("{{city}} {{tone}}", NAMES, {}) == "{{city}} plain"


def test_images_cut_the_text_and_files_are_read() -> None:
    values = {"city": PHOTO, "tone": REPORT}
    text = "Look: {{city}}{{city}} and {{tone}}!"
    assert pieces(text, values, read_file=lambda file_id: f"<{file_id}>") == [
        "Look: ",
        PHOTO,
        PHOTO,
        " and <file-2>!",
    ]
    assert pieces("{{city}}", values, read_file=str) == [PHOTO]
    assert file_ids(values) == ["file-1", "file-2"]
    assert render(text, NAMES, values) == ("Look: (image file-1)(image file-1) and (file file-2)!")


def test_marks_are_listed_once_and_without_escaped_ones() -> None:
    assert marks(r"{{b}} {{ a }} {{b}} \{{c}} \\{{d}} {{1}}") == ["b", "a", "d"]


def test_missing_and_undeclared_values() -> None:
    assert missing(NAMES, {"city": "Oslo", "größe": None}) == ["größe", "a.b-c"]  # type: ignore[dict-item]
    assert missing(NAMES, {"city": "", "größe": 0, "a.b-c": False}) == []
    assert undeclared(NAMES, {"city": "x", "colour": "y"}) == ["colour"]


def test_only_declared_values_are_resolved_in_the_order_of_declarations() -> None:
    values: dict[str, Value] = {"a.b-c": 1, "colour": "red", "city": "Oslo"}
    assert list(resolved(NAMES, values).items()) == [
        ("city", "Oslo"),
        ("tone", "plain"),
        ("a.b-c", 1),
    ]


def test_drafts_may_have_anything() -> None:
    stored: list[Any] = [
        {"name": "city", "type": CHOICE, "choices": ["Oslo"], "default": "Oslo"},
        {"name": "city", "type": "text"},
        *({"name": ""}, {"name": 3}, {"name": "x y"}, {"name": "y", "type": "date"}),
        *("text", None, 4, [], {}),
        {"name": "z", "description": None, "choices": "no list"},
    ]
    assert declared(stored) == {
        "city": Declaration("city", CHOICE, "Oslo", "", ("Oslo",)),
        "z": Declaration("z"),
    }
    odd: list[Any] = [None, "text", {}, 3, []]
    assert [declared(one) for one in odd] == [{}] * len(odd)


def test_a_long_value_in_many_places_is_refused_before_it_fills_the_memory() -> None:
    before = time.monotonic()
    with pytest.raises(TooLong):
        pieces("{{city}}" * 30_000, {"city": "x" * 250_000}, read_file=str, most=1_000_000)
    assert time.monotonic() - before < 2


@pytest.mark.parametrize("text", ["{" * 250_000, "\\" * 250_000, "{{a" * 80_000, "{{ " * 80_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    before = time.monotonic()
    assert render(text, NAMES, {"city": "x"}) == text
    assert time.monotonic() - before < 2
