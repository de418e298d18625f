"""IDs of two projects, and answers without what is different in each."""

import re
from dataclasses import replace

from tests.cast import Cast, objects_in
from tests.fuzz.world import add_rows, values_of_paths

NOUNS = "asst|thread|msg|run|step|file|vs|vsf|vsfb|upload|part|key|proj|call|endp|req"
ID = re.compile(rf"({NOUNS})([_-])[0-9A-Za-z]{{24}}\b")
_TIME = re.compile(r"\b\d{10}\b|\b\d{4}-\d\d-\d\dT[\d:.+Z-]+")


def other_project(cast: Cast) -> Cast:
    """Return project B with objects of its own, whose key and person are strangers in A."""
    return replace(
        cast,
        alice=cast.charlie,
        key=cast.strangers_key,
        project=cast.other_project,
        **objects_in(cast.other_project, "Own"),
    )


def ids_of(cast: Cast) -> dict[str, str]:
    """Return an ID of each kind in the project, by the name of its parameter."""
    places = values_of_paths(cast) | add_rows(cast)
    found = {name: value for name, value in places.items() if ID.fullmatch(value)}
    del found["other_id"]
    return found


def unknown(object_id: str) -> str:
    """Return an ID that nobody has, at the same place in the order of IDs."""
    return object_id[:-1] + ("x" if object_id[-1] != "x" else "y")


def without_ids(text: str) -> str:
    """Return an answer without what is different each time."""
    return _TIME.sub("0", ID.sub(r"\1", text))
