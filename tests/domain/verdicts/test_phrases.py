"""Sentences that pages translate."""

import ast
from pathlib import Path

from assistants_app.domain.verdicts import phrases
from assistants_app.domain.verdicts.phrases import gettext_noop, ngettext

FOLDER = Path(phrases.__file__).parent
TEXTS = {"gettext_noop": 1, "ngettext": 2}


def test_a_sentence_has_its_values_and_its_count() -> None:
    assert str(gettext_noop("%(a)s of 100%%", a=3)) == "3 of 100%"
    assert [str(ngettext("%(count)d row", "%(count)d rows", count)) for count in (0, 1, 2)] == [
        "0 rows",
        "1 row",
        "2 rows",
    ]


def test_makemessages_can_collect_every_sentence() -> None:
    calls = [
        (path.name, node)
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS
    ]
    assert len(calls) > 40
    for name, call in calls:
        assert isinstance(call.func, ast.Name)
        for text in call.args[: TEXTS[call.func.id]]:
            assert isinstance(text, ast.Constant), f"{name}:{call.lineno}"
