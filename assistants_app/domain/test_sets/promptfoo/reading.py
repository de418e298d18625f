"""Tests of a promptfoo configuration: YAML or JSON, of the whole or of its tests alone."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID, ImportedSet, TooMuch
from assistants_app.domain.test_sets.messages import computes, plain_marks, turns_for, user_turn
from assistants_app.domain.test_sets.promptfoo.assertions import PROMPTFOO
from assistants_app.domain.test_sets.promptfoo.lists import OTHERS, with_own_fields
from assistants_app.domain.test_sets.rows import FIELDS

ASKED: Final = "asked"
"""The key below which a set keeps the message that all of its rows have asked."""
ELSEWHERE: Final = "tests"
"""The key below which a set keeps the names of files whose tests it doesn't have."""
COMPUTES: Final = "computes"
"""The key below which a row keeps that its message was a template of promptfoo that computes."""
MESSAGE: Final = "message"
"""The variable that holds a row's first message if the rows don't ask the same."""
TEST: Final = "test"
"""The key below which a row keeps what of its test doesn't work here."""
COLUMNS: Final = "csv"
"""The key below which a row keeps cells of columns that have no meaning here."""
# What a test has that becomes a field of its row, or changes nothing here.
_READ: Final = {"description", "vars", "assert", "threshold", "metadata", "options"}
_SPENT: Final = {"prefix", "suffix", "disableVarExpansion", "disableDefaultAsserts"}
# What of a configuration changes no result, or is chosen here with the assistant.
_HARMLESS: Final = {
    *("prompts", "providers", "targets", "tests", "defaultTest", "$schema", "sharing", "tags"),
    *("outputPath", "env", "commandLineOptions", "writeLatestResults", "metadata", "tracing"),
}
_WITHOUT_EFFECT: Final = {"runSerially", "disableConversationVar"}


def read_promptfoo(document: Any, found: ImportedSet, *, message: str = "") -> None:
    """Add the tests of a configuration, with what its ``defaultTest`` adds to each.

    Lists in ``vars`` become a row for each of their values. Raises :class:`InvalidRequest` for a
    document without tests.
    """
    config = document if isinstance(document, dict) else {"tests": document}
    tests = config.get("tests")
    if isinstance(tests, str | dict):
        tests = [tests]
    if not isinstance(tests, list) or not tests:
        raise InvalidRequest("The document has no list of 'tests'.")
    found.name = _text(config.get("description"))
    kept = _kept_of(config)
    if elsewhere := [test for test in tests if _is_elsewhere(test)]:
        kept[ELSEWHERE] = elsewhere
    found.kept = {PROMPTFOO: kept} if kept else {}
    if names := sorted(set(kept) - _HARMLESS):
        found.notes.append(f"Kept for exports, and without effect here: {', '.join(names)}.")
    prompt = message or _prompt_of(config, found)
    default = config.get("defaultTest")
    if isinstance(default, str):
        found.notes.append(
            f"The default test in {default} isn't read, and is kept for exports. Paste it into "
            "the file."
        )
    default = default if isinstance(default, dict) else {}
    templates = config.get("assertionTemplates")
    for number, test in enumerate(tests, 1):
        if _is_elsewhere(test):
            where = test if isinstance(test, str) else test.get("path", "")
            found.refuse(
                f"test {number}",
                f"{where} isn't followed, and is kept for exports. Import that file itself.",
            )
        else:
            _add_test(found, f"test {number}", test, default, templates, prompt)
    # If rows still ask this when they are written, the author's own prompts are right.
    asked = {row.content["turns"][0]["content"] for row in found.rows}
    if len(asked) == 1 and "prompts" in kept:
        found.kept[ASKED] = asked.pop()


def _is_elsewhere(test: Any) -> bool:
    # The name of a file with tests, or of a program that makes them.
    return isinstance(test, str) or (
        isinstance(test, dict) and isinstance(test.get("path"), str) and not set(test) & _READ
    )


def _kept_of(config: Mapping[str, Any]) -> dict[str, Any]:
    # The default test is part of every row, so writing it again would add it twice.
    spent = {"description", "tests", "assertionTemplates"}
    if isinstance(config.get("defaultTest"), dict):
        spent.add("defaultTest")
    return {name: value for name, value in config.items() if name not in spent}


def _prompt_of(config: Mapping[str, Any], found: ImportedSet) -> str:
    prompts = config.get("prompts")
    given = prompts if isinstance(prompts, list) else [prompts] if prompts else []
    raw = (_text(prompt.get("raw") if isinstance(prompt, dict) else prompt) for prompt in given)
    texts = [text for text in raw if is_message(text)]
    if len(given) > len(texts[:1]):
        found.notes.append(
            "A row asks with one prompt. The others, and prompts in files or with several "
            "messages, are kept but not used: make variants of the assistant instead."
        )
    return plain_marks(texts[0]) if texts else ""


def is_message(prompt: str) -> bool:
    """Return whether a prompt is one message of the user, and no file or list."""
    # A prompt of several messages is a list or an object as JSON.
    is_json = prompt.startswith(("[", "{")) and not prompt.startswith("{{")
    return bool(prompt.strip()) and not prompt.startswith("file://") and not is_json


def _add_test(
    found: ImportedSet,
    place: str,
    given: Any,
    default: Mapping[str, Any],
    templates: Any,
    prompt: str,
) -> None:
    if not isinstance(given, dict):
        found.refuse(place, "A test must be an object.")
        return
    try:
        test = _with_default(given, default)
        asserts = list(_assertions_of(test, templates))
        for count, variables in enumerate(_combinations(test)):
            content, key = _content_of(test, asserts, variables, prompt)
            # The rows of one test can't share its ID.
            found.add(place, content, f"{key}-{count + 1}" if key and count else key)
    except TooMuch:
        raise
    except InvalidRequest as error:
        found.refuse(place, error.message)


def _with_default(test: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    whole = {**default, **test}
    for name in ("vars", "metadata", "options"):
        parts = [one.get(name) or {} for one in (default, test)]
        if any(not isinstance(part, dict) for part in parts):
            raise InvalidRequest(f"'{name}' must be an object. Files that it names aren't read.")
        whole[name] = {str(key): value for part in parts for key, value in part.items()}
    added = [] if whole["options"].get("disableDefaultAsserts") else default.get("assert") or []
    asserts = [added, test.get("assert") or []]
    if any(not isinstance(many, list) for many in asserts):
        raise InvalidRequest("'assert' must be a list.")
    whole["assert"] = [*asserts[0], *asserts[1]]
    return whole


def _assertions_of(test: Mapping[str, Any], templates: Any) -> Iterator[dict[str, Any]]:
    for assertion in test["assert"]:
        if not isinstance(assertion, dict):
            raise InvalidRequest("Each assertion must be an object with a 'type'.")
        reference = assertion.get("$ref")
        if not isinstance(reference, str):
            yield assertion
            continue
        name = reference.removeprefix("#/assertionTemplates/")
        template = templates.get(name) if isinstance(templates, dict) else None
        if not isinstance(template, dict):
            raise InvalidRequest(f"The assertion template '{name[:60]}' doesn't exist.")
        yield {**template, **{key: value for key, value in assertion.items() if key != "$ref"}}


def _combinations(test: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the variables of each row: one row for each combination of values in lists."""
    variables = test["vars"]
    if test["options"].get("disableVarExpansion"):
        yield variables
        return
    # As promptfoo does it: a list whose first value isn't text is a value itself.
    values = [
        value if isinstance(value, list) and value and isinstance(value[0], str) else [value]
        for value in variables.values()
    ]
    for combination in itertools.product(*values):
        yield dict(zip(variables, combination, strict=True))


def _content_of(
    test: Mapping[str, Any],
    asserts: list[dict[str, Any]],
    variables: dict[str, Any],
    prompt: str,
) -> tuple[dict[str, Any], str]:
    options = test["options"]
    prefix, suffix = (_text(options.get(name)) for name in ("prefix", "suffix"))
    turns = [
        user_turn(plain_marks(prefix + turn["content"] + suffix))
        for turn in turns_for(variables, prompt)
    ]
    metadata = dict(test["metadata"])
    key, own = metadata.pop(ROW_ID, ""), metadata.pop(PLAYGROUND, {})
    own = own if isinstance(own, dict) else {}
    own = {name: own[name] for name in (*FIELDS, OTHERS) if name in own}
    if "turns" in own:
        variables = with_message(variables, own)
    content = {
        "description": _text(test.get("description")),
        "turns": turns,
        "variables": variables,
        "threshold": test.get("threshold"),
        "metadata": metadata,
    }
    kept = _kept_parts(test)
    if "turns" not in own and any(computes(turn["content"]) for turn in turns):
        kept[COMPUTES] = True
    whole = with_own_fields(content, asserts, kept, own)
    return whole, key if isinstance(key, str) else ""


def with_message(variables: Mapping[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return a row's variables without the one that holds its first message for other tools.

    What somebody has written there since becomes the first of the messages in `own`.
    """
    rest = dict(variables)
    asked, turns = rest.pop(MESSAGE, None), own["turns"]
    if isinstance(asked, str) and isinstance(turns, list) and turns:
        own["turns"] = [user_turn(asked), *turns[1:]]
    return rest


def _kept_parts(test: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: value for name, value in test.items() if name not in _READ}
    if options := {k: v for k, v in test["options"].items() if k not in _SPENT}:
        parts["options"] = options
    return {TEST: parts} if parts else {}


def parts_not_run(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield why parts of a test, beside its assertions, have no effect here."""
    kept = content.get("kept", {}).get(PROMPTFOO, {})
    parts = kept.get(TEST, {})
    options = set(parts.get("options", {})) - _WITHOUT_EFFECT
    names = [name for name in parts if name != "options"]
    columns = kept.get(COLUMNS, {})
    for name in columns if isinstance(columns, dict) else ():
        yield f"the column '{name}' doesn't work here"
    for name in (*names, *(f"options.{name}" for name in sorted(options))):
        yield f"'{name}' of a test doesn't work here"
    # Others may well write about such templates.
    turns = content.get("turns", []) if kept.get(COMPUTES) else []
    if any(computes(turn["content"]) for turn in turns):
        yield "a template that computes, such as a filter, doesn't work here"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
