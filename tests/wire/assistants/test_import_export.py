"""Exported assistants can be imported again, and other documents are refused."""

import json
from typing import Any

import pytest

from assistants_app.domain.documents.yaml_text import as_yaml
from assistants_app.domain.errors import InvalidRequest
from assistants_app.wire.assistants.import_export import (
    as_json,
    export_document,
    read_document,
)

ODD = {"b": {"enum": ["on", "~", "=", "<<"]}, "a": {}}
CONFIGURATION: dict[str, Any] = {
    "name": "No",
    "description": "2026-11-21",
    "model": "1e3",
    "instructions": "First line: yes\n  second # line \n\n- 0x10\ttab\n",
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f",
                "strict": False,
                "parameters": {"type": "object", "properties": ODD},
            },
        }
    ],
    "tool_resources": {},
    "response_format": "auto",
    "temperature": 0.5,
    "top_p": None,
    "reasoning_effort": None,
    "metadata": {"größe": "1:30", "empty": ""},
}  # fmt: skip


@pytest.mark.parametrize("write", [as_json, as_yaml])
def test_an_export_can_be_imported_in_the_same_order(write: Any) -> None:
    text = write(export_document(CONFIGURATION))
    [read] = read_document(text.encode()).configurations
    assert json.dumps(read) == json.dumps(CONFIGURATION)


def test_texts_of_several_lines_are_readable_in_yaml() -> None:
    text = as_yaml(export_document({"instructions": "Be kind.\nBe short."}))
    assert "instructions: |-\n    Be kind.\n    Be short.\n" in text
    assert text.startswith("schema_version: 1\nassistant:\n")


@pytest.mark.parametrize(
    "text",
    [
        *("a  \nb", "a\tb\nc", "tab\t\nb", "  lead\nb", " \nx", "\n a\nb", "a\n \nb"),
        *("a\n\n", "\na", "a \n\n\n", "- a: b\n# c", "é\u200bx\ny", "emoji 😀\nb", "...\n---\n"),
    ],
)
def test_lines_of_yaml_keep_their_spaces(text: str) -> None:
    written = as_yaml(export_document({"instructions": text}))
    assert '"' not in written
    [read] = read_document(written.encode()).configurations
    assert read["instructions"] == text


def test_a_tab_at_the_beginning_is_not_taken_for_indentation() -> None:
    written = as_yaml(export_document({"instructions": "\n \tx\ny"}))
    [read] = read_document(written.encode()).configurations
    assert read["instructions"] == "\n \tx\ny"


@pytest.mark.parametrize("sign", ["\r", "\u0085", "\u2028", "\u2029", "\ufeff", "\x07", "\x7f"])
def test_signs_that_a_block_would_lose_are_escaped(sign: str) -> None:
    text = f"a{sign}b\nc{sign}\n"
    written = as_yaml(export_document({"instructions": text, "name": f"x{sign}y"}))
    assert sign not in written
    [read] = read_document(written.encode()).configurations
    assert (read["instructions"], read["name"]) == (text, f"x{sign}y")


VENDORS = {
    "id": "asst_abc",
    "object": "assistant",
    "created_at": 1,
    "model": "gpt-4o",
    "name": "A",
    "tools": [],
}


def test_the_vendors_objects_and_lists_are_imported_without_their_ids() -> None:
    wanted = {"name": "A", "model": "gpt-4o", "tools": []}
    assert read_document(json.dumps(VENDORS).encode()).configurations == [wanted]
    listed = {"object": "list", "data": [VENDORS, VENDORS], "has_more": False}
    assert read_document(json.dumps(listed).encode()).configurations == [wanted, wanted]
    assert read_document(b"model: gpt-4o\nname: A\ntools: []\n").configurations == [wanted]


def test_unknown_fields_stay_so_that_validation_reports_them() -> None:
    [read] = read_document(json.dumps({**VENDORS, "file_ids": ["file-1"]}).encode()).configurations
    assert read["file_ids"] == ["file-1"]


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "must be an object"),
        ("[]", "must be an object"),
        ("just words", "must be an object"),
        ('{"name": ', "isn't valid JSON"),
        ("a: [", "isn't JSON or plain YAML"),
        (BOMB, "aliases"),
        ("name: !!python/object/apply:os.system ['true']", "isn't JSON or plain YAML"),
        ("name: !!binary aGVsbG8=", "isn't JSON or plain YAML"),
        ("name: !!timestamp 2026-01-01", "isn't JSON or plain YAML"),
        ("temperature: .nan", "number that JSON can't represent"),
        ('{"temperature": Infinity}', "number that JSON can't represent"),
        ("1: x", "a key that isn't text"),
        ("[" * 5000, "deep"),
        ('{"a": ' * 2000 + "1" + "}" * 2000, "deep"),
        ("a:\n " + "- " * 3000 + "x", "deep"),
        ('{"name": "a\\u0000"}', "NUL"),
        ('{"schema_version": 2, "assistant": {}}', "Schema version 2"),
        ('{"schema_version": 1}', "needs an 'assistant' object"),
        ('{"schema_version": 1, "assistant": {}, "more": 1}', "Unknown parameter: 'more'"),
        ('{"object": "thread", "id": "thread_1"}', "Expected an assistant"),
        ('{"object": "list", "data": []}', "no assistants"),
        ('{"object": "list", "data": [1]}', "no assistants"),
        ('{"instructions": "' + "x" * 2 * 1024**2 + '"}', "too large"),
    ],
)
def test_a_document_that_is_not_plain_is_refused(document: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_document(document.encode())
    assert reason in refused.value.message


def test_other_encodings_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="UTF-8"):
        read_document("name: Größe".encode("latin-1"))


def test_dates_stay_text() -> None:
    assert read_document(b"name: 2026-11-21\nmodel: m").configurations == [
        {"name": "2026-11-21", "model": "m"}
    ]
