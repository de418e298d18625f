"""Diffs of configurations: they contain each line, and mark the changes."""

import random
from typing import Any

import pytest

from assistants_app.rendering.text.diffs import CONTEXT, FieldDiff, Line, configuration_diff

BASE: dict[str, Any] = {"name": "Tutor", "temperature": None, "tools": [], "metadata": {}}


def only(old: dict[str, Any], new: dict[str, Any], **options: bool) -> FieldDiff:
    [found] = configuration_diff({**BASE, **old}, {**BASE, **new}, **options)
    return found


def text(line: Line | None) -> str:
    return "" if line is None else "".join(piece.text for piece in line.pieces)


def marked(line: Line | None) -> list[str]:
    return [] if line is None else [piece.text for piece in line.pieces if piece.changed]


def test_equal_configurations_have_no_diff() -> None:
    assert configuration_diff(BASE, dict(BASE)) == []


def test_words_are_marked_within_a_line() -> None:
    found = only({"instructions": "Be kind and short."}, {"instructions": "Be kind but short."})
    [row] = found.rows
    assert (row.kind, marked(row.left), marked(row.right)) == ("changed", ["and"], ["but"])
    assert (found.added, found.removed) == (1, 1)


def test_words_of_scripts_without_spaces_are_marked_by_character() -> None:
    [row] = only(
        {"instructions": "请用中文简短回答。"}, {"instructions": "请用英文简短回答。"}
    ).rows
    assert (marked(row.left), marked(row.right)) == (["中"], ["英"])
    [row] = only({"instructions": "हिन्दी में लिखो"}, {"instructions": "हिन्दी में बोलो"}).rows
    assert marked(row.right) == ["बोलो"]


def test_lines_that_have_little_in_common_are_not_marked_word_by_word() -> None:
    [row] = only({"name": "Weather in Paris"}, {"name": "x = 1"}).rows
    assert (marked(row.left), marked(row.right)) == ([], [])


def test_a_value_that_was_not_set_is_an_addition() -> None:
    [row] = only({}, {"temperature": 0}).rows
    assert (row.kind, text(row.right)) == ("added", "0")


def test_empty_is_not_null() -> None:
    [row] = only({"description": None}, {"description": ""}).rows
    assert row.kind == "changed"


def test_a_schema_is_compared_line_by_line_and_in_its_own_order() -> None:
    def tools(*names: str) -> list[dict[str, Any]]:
        properties = {name: {"type": "string"} for name in names}
        return [{"type": "function", "function": {"name": "f", "parameters": properties}}]

    found = only({"tools": tools("b", "a")}, {"tools": tools("b", "a", "c")})
    assert '"c": {' in [text(row.right).strip() for row in found.rows if row.kind == "added"]
    assert (found.added, found.removed) == (3, 0)
    swapped = only({"tools": tools("b", "a")}, {"tools": tools("a", "b")})
    assert swapped.added
    assert swapped.removed


def test_lines_far_from_changes_are_folded_and_can_be_shown() -> None:
    lines = [f"line {number}" for number in range(40)]
    changed = [*lines[:20], "other", *lines[21:]]
    old, new = {"instructions": "\n".join(lines)}, {"instructions": "\n".join(changed)}
    folded = only(old, new).rows
    assert [row.count for row in folded if row.kind == "skipped"] == [17, 16]
    assert len(folded) == 2 + 1 + 2 * CONTEXT
    assert len(only(old, new, whole=True).rows) == 40


@pytest.mark.parametrize("seed", range(40))
def test_both_sides_and_the_unified_view_hold_every_line(seed: int) -> None:
    source = random.Random(seed)
    words = ["a", "b b", "", "c, d", "<b>&", "  e"]
    old = [source.choice(words) for _ in range(source.randint(1, 30))]
    new = [source.choice(words) for _ in range(source.randint(1, 30))] + ["end"]
    found = only({"instructions": "\n".join(old)}, {"instructions": "\n".join(new)}, whole=True)
    assert [text(row.left) for row in found.rows if row.left] == "\n".join(old).splitlines()
    assert [text(row.right) for row in found.rows if row.right] == new
    unified = list(found.unified)
    assert [text(row.right) for row in unified if row.right] == new
    kinds = [row.kind for row in unified]
    assert kinds.count("added") == found.added
    assert kinds.count("removed") == found.removed


def test_huge_texts_are_compared_as_a_whole() -> None:
    old, new = ("\n".join(f"{mark}{n % 7}" for n in range(5000)) for mark in "ab")
    found = only({"instructions": old}, {"instructions": new})
    assert (found.added, found.removed) == (5000, 5000)
    long = "word " * 60_000
    [row] = only({"instructions": long}, {"instructions": f"{long}end"}).rows
    assert text(row.right).endswith("end")


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("Be kind.", "Be\u200b kind.", "U+200B"),
        ("Be kind.", "Be\u00a0kind.", "U+00A0"),
        ("Be kind.", "\ufeffBe kind.", "U+FEFF"),
        ("admin", "\u202eadmin", "U+202E"),
        ("a b", "a\u3000b", "U+3000"),
        ("a\nb", "a\r\nb", "␍"),
        ("a\nb", "a\u2028b", "U+2028"),
        ("soft", "so\u00adft", "U+00AD"),
        ("bell", "bell\x07", "␇"),
        ("Be kind.", "Be kind.  ", '<span class="unseen">·</span>'),
        ("Be kind.", "\tBe kind.", '<span class="unseen">→</span>'),
    ],
)
def test_characters_that_cannot_be_seen_are_shown(old: str, new: str, shown: str) -> None:
    found = only({"instructions": old}, {"instructions": new})
    assert shown in "".join(row.right_html for row in found.rows)
    assert shown not in "".join(row.left_html for row in found.rows)
    assert shown in "".join(row.right_html for row in found.unified)


def test_only_changes_show_what_cannot_be_seen() -> None:
    text = "می\u200cخواهم\nsame\u00a0line\n👩\u200d💻 ok"
    found = only({"instructions": text}, {"instructions": text + "!"})
    html = "".join(row.right_html for row in found.rows)
    assert "unseen" not in html
    assert "👩\u200d💻" in html
