"""Rows as a promptfoo configuration, and as its tests."""

from collections.abc import Iterable, Mapping
from typing import Any

from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID
from assistants_app.domain.test_sets.messages import mark
from assistants_app.domain.test_sets.promptfoo.assertions import PROMPTFOO
from assistants_app.domain.test_sets.promptfoo.lists import (
    OTHERS,
    split_assertions,
    without_assertions,
)
from assistants_app.domain.test_sets.promptfoo.reading import ASKED

MESSAGE = "message"
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
    prompt = next(iter(first)) if len(first) == 1 else mark(MESSAGE)
    config = dict(kept.get(PROMPTFOO, {}))
    given = config.pop("prompts", None)
    prompts = given if given and kept.get(ASKED) == prompt else [prompt]
    document = {**({"description": name} if name else {}), "prompts": prompts, **config}
    return {**document, "tests": [promptfoo_test(key, row, prompt) for key, row in listed]}


def promptfoo_test(key: str, row: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """Return a row as a test that is asked with this prompt."""
    asserts, others = split_assertions(row, lambda _assertion: True)
    kept = row.get("kept", {}).get(PROMPTFOO, {}).get("test", {})
    variables = dict(row.get("variables", {}))
    turns = row.get("turns", [])
    own = {name: value for name, value in row.items() if name not in _SHARED}
    if [turn["content"] for turn in turns] == [prompt]:
        own.pop("turns", None)
    elif turns:
        variables[MESSAGE] = turns[0]["content"]
        own["variables"] = row.get("variables", {})
    if others:
        own[OTHERS] = [list(one) for one in others]
    elsewhere = without_assertions(row.get("kept", {}))
    elsewhere.pop(PROMPTFOO, None)
    if elsewhere:
        own["kept"] = elsewhere
    options = {**kept.get("options", {}), **_without_expansion(variables)}
    test = {
        "description": row.get("description"),
        "vars": variables,
        "assert": asserts,
        "threshold": row.get("threshold"),
        **kept,
        "options": options,
        "metadata": {**row.get("metadata", {}), ROW_ID: key, **({PLAYGROUND: own} if own else {})},
    }
    return {name: value for name, value in test.items() if value not in (None, {}, [])}


def _without_expansion(variables: Mapping[str, Any]) -> dict[str, bool]:
    # Or a list of texts would become several tests.
    lists = (value for value in variables.values() if isinstance(value, list))
    expands = any(value and isinstance(value[0], str) for value in lists)
    return {"disableVarExpansion": True} if expands else {}
