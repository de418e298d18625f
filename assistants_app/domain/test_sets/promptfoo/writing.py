"""Rows as a promptfoo configuration, and as its tests."""

from collections.abc import Iterable, Mapping
from typing import Any

from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID
from assistants_app.domain.test_sets.messages import computes, mark
from assistants_app.domain.test_sets.promptfoo.assertions import PROMPTFOO
from assistants_app.domain.test_sets.promptfoo.lists import (
    OTHERS,
    split_assertions,
    without_assertions,
)
from assistants_app.domain.test_sets.promptfoo.reading import (
    ASKED,
    COMPUTES,
    ELSEWHERE,
    MESSAGE,
    TEST,
    is_message,
)

# Fields that a test has too, or that are part of its assertions.
_SHARED = ("description", "variables", "threshold", "metadata", "kept", "checks")


def promptfoo_document(
    name: str, kept: Mapping[str, Any], rows: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Any]:
    """Return the configuration that asks and checks the same. `rows` are keys with contents.

    What only this program has is in ``metadata.playground`` of each test, so that nothing is lost
    on the way back.
    """
    listed = list(rows)
    first = {row["turns"][0]["content"] for _key, row in listed if row.get("turns")}
    asked = next(iter(first)) if len(first) == 1 else ""
    prompt = asked if is_message(asked) and _means_the_same(asked, listed) else mark(MESSAGE)
    config = dict(kept.get(PROMPTFOO, {}))
    given = config.pop("prompts", None)
    prompts = given if given and kept.get(ASKED) == prompt else [prompt]
    document = {**({"description": name} if name else {}), "prompts": prompts}
    elsewhere = config.pop(ELSEWHERE, [])
    tests = [promptfoo_test(key, row, prompt) for key, row in listed]
    return {**document, **config, "tests": [*tests, *elsewhere]}


def _means_the_same(asked: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
    # Somebody who asks about templates wants promptfoo to ask it, and not to compute it.
    was_there = (COMPUTES in row.get("kept", {}).get(PROMPTFOO, {}) for _key, row in rows)
    return not computes(asked) or all(was_there)


def promptfoo_test(key: str, row: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """Return a row as a test that is asked with this prompt."""
    asserts, others = split_assertions(row, lambda _assertion: True)
    kept = row.get("kept", {}).get(PROMPTFOO, {}).get(TEST, {})
    variables = dict(row.get("variables", {}))
    turns = row.get("turns", [])
    own = {name: value for name, value in row.items() if name not in _SHARED}
    if [turn["content"] for turn in turns] == [prompt]:
        own.pop("turns", None)
    elif turns:
        if MESSAGE in variables:
            own["variables"] = row["variables"]
        variables[MESSAGE] = turns[0]["content"]
    if others:
        own[OTHERS] = [list(one) for one in others]
    elsewhere = without_assertions(row.get("kept", {}))
    ours = elsewhere.pop(PROMPTFOO, {})
    if inner := {part: ours[part] for part in ours if part not in (TEST, COMPUTES)}:
        elsewhere[PROMPTFOO] = inner
    if elsewhere:
        own["kept"] = elsewhere
    if {ROW_ID, PLAYGROUND} & set(row.get("metadata", {})):
        own["metadata"] = row["metadata"]
    options = {**kept.get("options", {}), **_without_expansion(variables)}
    test = {
        "description": row.get("description"),
        "vars": variables,
        "assert": asserts,
        "threshold": row.get("threshold"),
        "options": options,
        "metadata": {**row.get("metadata", {}), ROW_ID: key, **({PLAYGROUND: own} if own else {})},
    }
    filled = {name: value for name, value in test.items() if value not in (None, {}, [])}
    return {**{name: part for name, part in kept.items() if name != "options"}, **filled}


def _without_expansion(variables: Mapping[str, Any]) -> dict[str, bool]:
    # Or a list of texts would become several tests.
    lists = (value for value in variables.values() if isinstance(value, list))
    expands = any(value and isinstance(value[0], str) for value in lists)
    return {"disableVarExpansion": True} if expands else {}
