"""Rows as an eval of OpenAI's API, with its graders and the data of a run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID
from assistants_app.domain.test_sets.openai_evals.graders import (
    OPENAI,
    Grader,
    grader_from,
    to_item,
)
from assistants_app.domain.test_sets.promptfoo.assertions import Check
from assistants_app.domain.test_sets.promptfoo.reading import MESSAGE

_SHARED = ("variables", "checks", "turns")


def evals_document(
    name: str, kept: Mapping[str, Any], rows: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Any]:
    """Return the body that creates the eval, with ``data_source`` as in the body of its run.

    Graders belong to all items of an eval, so they are made of the checks that all rows have.
    What OpenAI doesn't have is in ``playground`` of each item.
    """
    listed = list(rows)
    given = dict(kept.get(OPENAI, {}))
    run, graders = given.pop("run", {}), given.pop("testing_criteria", [])
    shared = _shared_checks([row for _key, row in listed])
    criteria, written = _criteria(graders, shared)
    contents = [[turn["content"] for turn in row.get("turns", [])] for _key, row in listed]
    one_message = len({tuple(content) for content in contents}) == 1
    asked = contents[0] if one_message else [f"{{{{{MESSAGE}}}}}"]
    items = [_item(key, row, asked, written) for key, row in listed]
    template = [
        {"type": "message", "role": "user", "content": to_item(content)} for content in asked
    ]
    source = {"type": "file_content", "content": [{"item": item} for item in items]}
    data_source = {"input_messages": {"type": "template", "template": template}, **run}
    return {
        "name": name,
        **given,
        "data_source_config": {
            **given.get("data_source_config", {"type": "custom", "include_sample_schema": True}),
            "item_schema": _schema_of(items),
        },
        "testing_criteria": criteria,
        "data_source": {**data_source, "type": run.get("type", "completions"), "source": source},
    }


def _shared_checks(rows: Sequence[Mapping[str, Any]]) -> list[Check]:
    first, *others = [row.get("checks", []) for row in rows] or [[]]
    return [check for check in first if all(check in checks for checks in others)]


def _criteria(kept: Sequence[Any], shared: Sequence[Check]) -> tuple[list[Grader], list[Check]]:
    """Return the graders, and the checks for which there is one."""
    criteria: list[Grader] = []
    written: list[Check] = []
    for number, check in enumerate(shared, 1):
        same = (one["original"] for one in kept if one.get("check") == check)
        # Word for word, unless somebody has changed the check.
        if grader := next(same, None) or grader_from(check, number):
            criteria.append(grader)
            written.append(check)
    return criteria, written


def _item(
    key: str, row: Mapping[str, Any], asked: Sequence[str], written: Sequence[Check]
) -> dict[str, Any]:
    turns = [turn["content"] for turn in row.get("turns", [])]
    own = {
        name: value for name, value in row.items() if name not in ("variables", "checks", "turns")
    }
    item = dict(row.get("variables", {}))
    if turns != list(asked):
        own["turns"] = row.get("turns", [])
    if {ROW_ID, PLAYGROUND, *((MESSAGE,) if "turns" in own else ())} & set(item):
        own["variables"] = row["variables"]
    if "turns" in own:
        item[MESSAGE] = turns[0] if turns else ""
    if any(check not in written for check in row.get("checks", [])):
        own["checks"] = row["checks"]
    return {**item, ROW_ID: key, **({PLAYGROUND: own} if own else {})}


def _schema_of(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    types: dict[str, set[str]] = {}
    for item in items:
        for name, value in item.items():
            types.setdefault(name, set()).add(_type_of(value))
    properties = {
        name: {"type": found.pop()} if len(found) == 1 else {"type": sorted(found)}
        for name, found in types.items()
    }
    required = [name for name in types if all(name in item for item in items)]
    return {"type": "object", "properties": properties, "required": required}


def _type_of(value: Any) -> str:
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "boolean"),
        (str, "string"),
        ((int, float), "number"),
        (list, "array"),
        (dict, "object"),
    ]
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
