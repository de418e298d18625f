"""YAML documents: rules of YAML 1.2, and hostile ones."""

import time

import pytest

from assistants_app.domain.documents.yaml_text import as_yaml, read_yaml
from assistants_app.domain.errors import InvalidRequest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ("007", 7),
        ("0o17", 15),
        ("0xff", 255),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("=", "="),
    ],
)
def test_plain_values_mean_what_they_do_for_most_programs(text: str, value: object) -> None:
    assert read_yaml(f"x: {text}") == {"x": value}


@pytest.mark.parametrize(
    "text", ["no", "1e3", "007", "0o17", "12:30", "~", "", "=x", "a\nb\n", "- x"]
)
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    assert read_yaml(as_yaml({"x": text})) == {"x": text}


def test_aliases_and_merge_keys_are_read() -> None:
    document = "a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: [*a, *a]"
    assert read_yaml(document) == {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": [{"x": 1}] * 2}


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (_bomb(9), "more than"),
        ("a: &a [*a]", "refers to itself"),
        ("a: &a {b: *a}", "refers to itself"),
        ("a: *b", "refers to itself"),
        ("[" * 5000, "nested"),
        ("!!python/object/apply:os.system [ls]", "isn't valid YAML"),
        ("a: !!binary aGk=", "isn't valid YAML"),
        ("{a: 1", "isn't valid YAML"),
        ("? [a]\n: b", "isn't valid YAML"),
    ],
)
def test_hostile_documents_are_refused_quickly(document: str, words: str) -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidRequest, match=words):
        read_yaml(document)
    assert time.perf_counter() - start < 10
