"""What a row of a test set holds, and which values it accepts."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from assistants_app.domain import limits
from assistants_app.domain.checks.validation import validate_checks

Content = dict[str, Any]
"""A row without its ID. Fields that are empty are left out."""

FIELDS: Final = (
    "description",
    "turns",
    "files",
    "variables",
    "mocks",
    "tape",
    "expected",
    "checks",
    "turn_checks",
    "tags",
    "repeats",
    "threshold",
    "metadata",
    "kept",
)
"""All fields of a row, in the order in which they are written."""

TOOLS_OF_FILES: Final = ("file_search", "code_interpreter", "image")
"""What a file of a row is for."""
_OF_FILES: Final = ("name", "sha256", "mime_type", "tool")
_OBJECTS: Final = ("variables", "mocks", "expected", "turn_checks", "metadata", "kept")
_LISTS: Final = ("turns", "files", "checks", "tags")
_INPUT: Final = ("turns", "files", "variables", "mocks", "tape")
_NAME: Final = re.compile(r"[^{}\0\r\n]{1,256}")
# PostgreSQL can't store NUL, and UTF-8 can't encode half of a surrogate pair.
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
# What addresses of pages have in the place of a key, and what browsers remove from addresses.
_NO_KEYS: Final = ("new", "move", "delete", ".", "..")
# Larger whole numbers are infinite to most programs that read JSON.
_LARGEST: Final = 10**300


def content_of(given: Mapping[str, Any]) -> Content:
    """Return the fields of a row that aren't empty, in their order."""
    return {name: given[name] for name in FIELDS if given.get(name) not in (None, "", [], {})}


def digest_of(content: Mapping[str, Any]) -> str:
    """Return what two rows have in common if all of their fields are equal."""
    return _sha256(content_of(content))


def input_digest_of(content: Mapping[str, Any]) -> str:
    """Return what two rows have in common that ask the same, whatever they expect."""
    return _sha256({name: content[name] for name in _INPUT if content.get(name)})


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def size_of(content: Mapping[str, Any]) -> int:
    """Return the row's size in bytes, as JSON."""
    return len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def problem_of_key(key: str) -> str:
    """Return why a row can't have this ID, or ""."""
    if len(key) > limits.TEST_ROW_KEY or _UNSTORABLE.search(key):
        return f"The row's ID must have at most {limits.TEST_ROW_KEY} characters."
    return f"'{key}' can't be the ID of a row. Choose another one." if key in _NO_KEYS else ""


def problems_of(content: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a row, as sentences, or [] if it can be stored."""
    # The shape first: what follows relies on it.
    return list(_problems_of_shape(content)) or list(_problems_of_values(content))


def _problems_of_shape(content: Mapping[str, Any]) -> Iterator[str]:
    for name in content:
        if name not in FIELDS:
            yield f"Unknown field: '{name}'."
    for name in _OBJECTS:
        if not isinstance(content.get(name, {}), dict):
            yield f"'{name}' must be an object."
    for name in _LISTS:
        if not isinstance(content.get(name, []), list):
            yield f"'{name}' must be a list."
    for name in ("description", "tape"):
        if not isinstance(content.get(name, ""), str):
            yield f"'{name}' must be text."
    yield from _problems_of_parts(content)
    yield from _problems_of_json(content)


def _problems_of_parts(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with files and with kept parts, whose inside exports rely on."""
    files, kept = content.get("files", []), content.get("kept", {})
    if not _is_object(kept):
        return
    for number, file in enumerate(files if isinstance(files, list) else (), 1):
        named = [file.get(name) for name in _OF_FILES] if _is_object(file) else [None]
        if not all(isinstance(text, str) for text in named) or not _is_int(file.get("bytes", 0)):
            yield f"File {number} must be an object with {', '.join(_OF_FILES)} and bytes."
        elif file["tool"] not in TOOLS_OF_FILES:
            yield f"The tool of file {number} must be one of {', '.join(TOOLS_OF_FILES)}."
    ours = kept.get("promptfoo", {})
    if not _is_object(ours) or not isinstance(kept.get("tape", ""), str):
        yield "'kept' must have an object for 'promptfoo', and text for 'tape'."
        return
    test, asserts = ours.get("test", {}), ours.get("asserts", [])
    if not _is_object(test) or not _is_object(test.get("options", {})):
        yield "The test in 'kept' must be an object."
    whole = isinstance(asserts, list) and all(
        _is_object(one) and _is_object(one.get("original")) for one in asserts
    )
    if not whole:
        yield "The assertions in 'kept' must be a list of objects with their originals."


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _problems_of_json(content: Mapping[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        for problem in problems_of_json(value):
            yield f"'{name}' {problem}"


def problems_of_json(value: Any) -> Iterator[str]:
    """Yield why a JSON value can't be stored, as ends of sentences that begin with its name."""
    if is_too_deep(value):
        yield f"is nested more than {limits.JSON_DEPTH} levels deep."
        return
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and _UNSTORABLE.search(value):
            yield "contains a NUL character or half of a surrogate pair."
        elif isinstance(value, float) and not math.isfinite(value):
            yield "contains a number that JSON can't represent."
        elif isinstance(value, int) and abs(value) > _LARGEST:
            yield "contains a number that is too large."
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if any(not isinstance(key, str) or _UNSTORABLE.search(key) for key in value):
                yield "contains a key that isn't text."
            waiting += value.values()


def is_too_deep(value: Any) -> bool:
    """Return whether lists and objects of a JSON value are nested more than we can store."""
    # A loop instead of recursion: 100,000 brackets would exhaust the stack.
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limits.JSON_DEPTH):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [one for each in inner for one in each if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _problems_of_values(content: Mapping[str, Any]) -> Iterator[str]:
    yield from _problems_of_turns(content.get("turns", []))
    for name in (*content.get("variables", {}), *content.get("expected", {})):
        if not _NAME.fullmatch(name):
            yield f"{name[:60]!r} can't be a name: braces and line ends aren't allowed in it."
    yield from _problems_of_checks(content)
    for tag in content.get("tags", []):
        if not isinstance(tag, str) or not 0 < len(tag) <= limits.TEST_TAG:
            yield f"Each tag must be text of at most {limits.TEST_TAG} characters."
    repeats = content.get("repeats", 1)
    if not _is_int(repeats) or not 1 <= repeats <= limits.TEST_REPEATS:
        yield f"'repeats' must be a whole number from 1 to {limits.TEST_REPEATS}."
    threshold = content.get("threshold", 0)
    if not _is_number(threshold):
        yield "'threshold' must be a number."
    if len(content.get("files", [])) > limits.TEST_ROW_FILES:
        yield f"A row can have at most {limits.TEST_ROW_FILES} files."
    if not content.get("turns"):
        yield "The row has no message."
    if (size := size_of(content)) > limits.TEST_ROW_BYTES:
        yield f"The row has {size} bytes. At most {limits.TEST_ROW_BYTES} are allowed."


def _problems_of_turns(turns: list[Any]) -> Iterator[str]:
    if len(turns) > limits.TEST_TURNS:
        yield f"A row can have at most {limits.TEST_TURNS} messages."
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, dict) or set(turn) != {"role", "content"}:
            yield f"Message {number} must be an object with 'role' and 'content'."
        elif turn["role"] != "user":
            yield (
                f"Message {number} has the role '{turn['role']}'. Only the user's messages are "
                "part of a row, because the replies are what is tested."
            )
        elif not isinstance(turn["content"], str) or not turn["content"].strip():
            yield f"Message {number} must be text."
        elif len(turn["content"]) > limits.MESSAGE_TEXT:
            yield f"Message {number} is longer than {limits.MESSAGE_TEXT} characters."


def _problems_of_checks(content: Mapping[str, Any]) -> Iterator[str]:
    by_turn = content.get("turn_checks", {})
    # As texts: another way to write a number would be a second key for the same message.
    numbers = {str(number) for number in range(len(content.get("turns", [])))}
    for turn, checks in by_turn.items():
        if turn not in numbers:
            yield f"'turn_checks' names the message {turn[:20]}, which the row doesn't have."
        if not isinstance(checks, list):
            yield f"'turn_checks' must have a list for the message {turn}."
            return
    for checks in (content.get("checks", []), *by_turn.values()):
        for at, problem in validate_checks(checks):
            yield f"Check {at + 1}, '{problem.param}': {problem.message}"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or isinstance(value, float)
