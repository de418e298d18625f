"""Evals of OpenAI's API as rows: an eval with its graders, and the items of a run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.test_sets.imported import PLAYGROUND, ROW_ID, ImportedSet
from assistants_app.domain.test_sets.messages import turns_for, user_turn
from assistants_app.domain.test_sets.openai_evals.graders import OPENAI, check_of_grader, from_item
from assistants_app.domain.test_sets.promptfoo.assertions import Check, NotRunHere, foreign, usable
from assistants_app.domain.test_sets.promptfoo.reading import with_message
from assistants_app.domain.test_sets.rows import FIELDS

_SERVERS: Final = ("object", "id", "created_at")


def is_eval(document: Any) -> bool:
    """Return whether a document is an eval, alone or with its run."""
    return isinstance(document, dict) and (
        "testing_criteria" in document or isinstance(document.get("eval"), dict)
    )


def read_evals(document: Mapping[str, Any], found: ImportedSet, *, message: str = "") -> None:
    """Add the items of an eval's run, each with the eval's graders.

    The document is the eval with ``data_source`` beside its fields, or ``{"eval", "run"}``. Raises
    :class:`InvalidRequest` without items.
    """
    whole = document.get("eval")
    given = whole if isinstance(whole, dict) else document
    run = document.get("run")
    source = (run if isinstance(run, dict) else document).get("data_source")
    source = source if isinstance(source, dict) else {}
    items = list(_items_in(document, source))
    if not items:
        raise InvalidRequest(
            "The eval has no items. Add its data as 'data_source', as in the body of a run, with "
            "the items in source.content. Files and stored completions aren't read."
        )
    found.name = given["name"] if isinstance(given.get("name"), str) else ""
    kept = {k: v for k, v in given.items() if k not in (*_SERVERS, "name", "data_source", "run")}
    criteria = given.get("testing_criteria")
    criteria = criteria if isinstance(criteria, list) else []
    checks, graders = _checks_of(criteria, found)
    found.kept = {OPENAI: {**kept, "testing_criteria": graders, "run": _without_items(source)}}
    turns = list(_messages_in(source, found))
    for number, item in enumerate(items, 1):
        add_item(found, f"item {number}", item, checks, message, turns)


def _items_in(document: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[Any]:
    inner = source.get("source")
    content = inner.get("content") if isinstance(inner, dict) else document.get("items")
    for line in content if isinstance(content, list) else []:
        yield line.get("item", line) if isinstance(line, dict) else line


def _without_items(source: Mapping[str, Any]) -> dict[str, Any]:
    inner = source.get("source")
    kind = {"type": inner.get("type")} if isinstance(inner, dict) else {}
    return {**source, "source": kind}


def _checks_of(criteria: Sequence[Any], found: ImportedSet) -> tuple[list[Check], list[Any]]:
    """Return the checks of every row, and the graders with the checks that they have become."""
    checks: list[Check] = []
    kept: list[Any] = []
    for number, grader in enumerate(criteria, 1):
        try:
            if not isinstance(grader, dict):
                raise NotRunHere("a grader must be an object")
            check = usable(check_of_grader(grader))
        except NotRunHere as reason:
            name = grader.get("name", number) if isinstance(grader, dict) else number
            found.notes.append(f"Grader {name}: {reason}.")
            checks.append(foreign(OPENAI, grader, reason))
        else:
            checks.append(check)
            kept.append({"original": grader, "check": check})
    return checks, kept


def _messages_in(source: Mapping[str, Any], found: ImportedSet) -> Iterator[dict[str, Any]]:
    messages = source.get("input_messages")
    template = messages.get("template") if isinstance(messages, dict) else None
    for message in template if isinstance(template, list) else []:
        role = message.get("role") if isinstance(message, dict) else None
        text = _text_in(message.get("content")) if isinstance(message, dict) else None
        if role == "user" and text:
            yield user_turn(from_item(text))
        else:
            found.notes.append(
                f"A message of the role '{role}' isn't part of a row. It is kept. Put it into the "
                "assistant's instructions."
            )


def _text_in(content: Any) -> str:
    if isinstance(content, dict):
        content = content.get("text")
    return content if isinstance(content, str) else ""


def add_item(
    found: ImportedSet,
    place: str,
    item: Any,
    checks: Sequence[Check],
    message: str,
    turns: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Add an item of an eval. Its fields are the row's variables."""
    if not isinstance(item, dict):
        found.refuse(place, "An item must be an object.")
        return
    variables = dict(item)
    key, own = variables.pop(ROW_ID, ""), variables.pop(PLAYGROUND, {})
    own = {name: own[name] for name in FIELDS if name in own} if isinstance(own, dict) else {}
    if "turns" in own:
        variables = with_message(variables, own)
    asked = list(turns) or turns_for(variables, message)
    made = {"turns": asked, "variables": variables, "checks": list(checks)}
    found.add(place, {**made, **own}, key)


def add_sample(found: ImportedSet, place: str, sample: Mapping[str, Any]) -> None:
    """Add a sample of OpenAI's earlier evals, ``{"input", "ideal"}``, or a list of ``messages``."""
    given = sample.get("input", sample.get("messages"))
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    turns, others = [], []
    for message in messages if isinstance(messages, list) else []:
        role = message.get("role") if isinstance(message, dict) else None
        text = _text_in(message.get("content")) if isinstance(message, dict) else ""
        if role == "user" and text:
            turns.append(user_turn(text))
        else:
            others.append(message)
    expected = {"ideal": sample["ideal"]} if "ideal" in sample else {}
    rest = {k: v for k, v in sample.items() if k not in ("input", "messages", "ideal", "id")}
    kept = {**({"messages": others} if others else {}), **rest}
    content = {"turns": turns, "expected": expected, "kept": {OPENAI: kept} if kept else {}}
    found.add(place, content, sample.get("id", ""))
