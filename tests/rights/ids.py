"""IDs of two projects, and answers without what is different in each."""

import re
from dataclasses import replace

from django.contrib.auth.models import User

from assistants_app.domain.rights import EDITOR, VIEWER
from assistants_app.models import Membership
from tests.cast import Cast, objects_in
from tests.fuzz.world import add_rows, values_of_paths

NOUNS = (
    "asst|thread|msg|run|step|file|vs|vsf|vsfb|upload|part|key|proj|call|endp|req"
    "|cmt|ntc|share|inv|audit|cmp|testset|row|testrow|testfile|testver|exp|cell"
)
NOBODY = "9" * 9  # a number that no person has
ID = re.compile(rf"({NOUNS})([_-])[0-9A-Za-z]{{24}}\b")
_TIME = re.compile(r"\b\d{10}\b|\b\d{4}-\d\d-\d\dT[\d:.+Z-]+")


def other_project(cast: Cast) -> Cast:
    """Return project B with objects of its own, whose key and people are strangers in A."""
    bob, vera = (User.objects.create_user(f"other {name}") for name in ("bob", "vera"))
    for user, role in ((bob, EDITOR), (vera, VIEWER)):
        Membership.objects.create(user=user, project=cast.other_project, role=role)
    return replace(
        cast,
        alice=cast.charlie,
        bob=bob,
        vera=vera,
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
    if object_id.isdecimal():
        return NOBODY
    return object_id[:-1] + ("x" if object_id[-1] != "x" else "y")


def without_ids(text: str) -> str:
    """Return an answer without what is different each time."""
    return _TIME.sub("0", ID.sub(r"\1", text))
