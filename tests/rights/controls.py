"""The controls in HTML, and the role that each of them is shown to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

from django.urls import Resolver404, resolve

from assistants_app.domain.rights import OWNER, ROLES, VIEWER
from tests.rights.site import role_needed

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Attributes with the address of a request, and its method.
SENDS = {
    "hx-get": "GET",
    "hx-post": "POST",
    "hx-put": "PUT",
    "hx-delete": "DELETE",
    "formaction": "POST",
    "href": "GET",
    "data-zone-url": "POST",
}


@dataclass(frozen=True, slots=True)
class Control:
    """An element that sends a request. `shown_to` is the least role that sees it."""

    method: str
    path: str
    shown_to: str

    @property
    def needed(self) -> str:
        """The least role that may send the request."""
        try:
            match = resolve(self.path)
        except Resolver404:
            return VIEWER
        verbs = getattr(match.func, "verbs", {})
        if self.method not in verbs:
            return VIEWER
        return role_needed(match.url_name or "", self.method, verbs[self.method])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Control] = []
        self._open: list[tuple[str, str]] = [("", VIEWER)]  # tags, and who sees them

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        shown_to = max(self._open[-1][1], values.get("data-needs", VIEWER), key=ROLES.index)
        if "disabled" in values and tag == "fieldset" and self._open[-1][0] == "form":
            # Nobody can change what is in it, so nobody can send the form.
            shown_to = OWNER
            self.found[-1] = replace(self.found[-1], shown_to=shown_to)
        self.found += [
            Control(method, path.partition("?")[0].partition("#")[0], shown_to)
            for method, path in _requests_of(tag, values)
            if path.startswith("/")
        ]
        if tag not in VOID:
            self._open.append((tag, shown_to))

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass  # browsers, too, close what is open inside


def _requests_of(tag: str, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "readonly" in values:
        return
    for name, method in SENDS.items():
        if name in values and tag != "link":
            yield method, values[name]
    if tag == "form" and "action" in values:
        yield values.get("method", "get").upper(), values["action"]
    if "data-drop" in values:
        yield "PUT", values["data-upload"]


def controls_in(answer: Any) -> list[Control]:
    """Return the controls in a page, in a part of one, or in the changes that a page polls for."""
    text = answer.content.decode()
    is_json = answer["Content-Type"] == "application/json"
    parts = [text] if not is_json else [one["html"] for one in _objects_in(json.loads(text))]
    found = []
    for part in parts:
        reader = _Reader()
        reader.feed(part)
        found += reader.found
    return found


def _objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects in JSON that have HTML."""
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and "html" in value:
        yield value
    if isinstance(value, dict | list):
        for child in children:
            yield from _objects_in(child)
