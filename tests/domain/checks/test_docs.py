"""The section on checks in docs/experiments.md names every kind with its parameters."""

import json
import re

from assistants_app.domain.checks.kinds import KINDS
from assistants_app.domain.checks.python_code import data
from assistants_app.domain.checks.refusals import LANGUAGES
from assistants_app.domain.checks.validation import validate_check
from tests.domain.checks.samples import ITEM, SAMPLE
from tests.live import ROOT

WHOLE_PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
PAGE = WHOLE_PAGE.partition("\n## Checks\n")[2].partition("\n## ")[0]


def test_every_kind_is_in_the_table_with_its_parameters() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    documented: dict[str, set[str]] = {}
    for kinds, *_meaning, params in rows:
        for name in re.findall(r"`(\w+)`", kinds):
            documented[name] = {*re.findall(r"`(\w+)`", params)}
    for kind in KINDS.values():
        assert {field.name for field in kind.fields} <= documented[kind.name], kind.name
    assert f"one of {len(LANGUAGES)} languages" in PAGE


def test_the_default_of_each_graded_kind_is_named() -> None:
    for kind in KINDS.values():
        if kind.threshold is not None:
            assert f"| `{kind.name}` (graded, {kind.threshold:g})" in PAGE


def test_the_examples_work() -> None:
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert validate_check(json.loads(example)) == []
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert validate_check({"kind": "python", "code": code}) == []


def test_what_code_gets_is_documented() -> None:
    given = json.loads(data("", SAMPLE, ITEM))["sample"]
    assert [name for name in given if f"`{name}`" not in PAGE] == ["error"]
