"""JSON on one line."""

import json

import pytest

from assistants_app.rendering.text.json_lines import json_line


@pytest.mark.parametrize(
    "end", ["\u2028", "\u2029", "\u0085", "\n", "\r\n", "\x0b", "\x0c", "\x1e"]
)
def test_no_reader_finds_a_second_line(end: str) -> None:
    line = json_line({"text": f"日{end}本"})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"text": f"日{end}本"}
    assert "日" in line
