"""Tapes that rows of a file name, which only their own project has."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.test_sets.not_run import LOST_TAPE
from assistants_app.domain.test_sets.rows import content_of
from assistants_app.models import Project, Tape


def with_known_tapes(project: Project, imported: ImportedSet) -> ImportedSet:
    """Return the file with each row's tape, or with its ID among what is kept.

    A row whose tape was kept in another project gets it again in this one.
    """
    named = {tape for row in imported.rows if (tape := _named(row.content))}
    if not named:
        return imported
    found = Tape.objects.filter(project=project, pk__in=named)
    there = set(found.values_list("pk", flat=True))
    rows = [replace(row, content=_placed(row.content, there)) for row in imported.rows]
    return replace(imported, rows=rows)


def _named(content: dict[str, Any]) -> str:
    lost = content.get("kept", {}).get(LOST_TAPE, "")
    return content.get("tape") or (lost if isinstance(lost, str) else "")


def _placed(content: dict[str, Any], there: Iterable[str]) -> dict[str, Any]:
    tape = _named(content)
    if not tape:
        return content
    kept = {name: part for name, part in content.get("kept", {}).items() if name != LOST_TAPE}
    rest = {name: part for name, part in content.items() if name not in ("tape", "kept")}
    if tape in there:
        placed: dict[str, Any] = {"tape": tape}
    else:
        kept[LOST_TAPE], placed = tape, {}
    return content_of({**rest, **placed, "kept": kept})
