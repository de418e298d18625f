"""The dialogs for functions and for the reply schema, as a browser uses them."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from tests.cast import Cast

WEATHER = {
    "name": "get_weather",
    "description": "The weather.",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {"type": "string", "minLength": 1},
            "when": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        },
        "required": ["location"],
    },
}


class Dialog:
    """The dialog of one user."""

    def __init__(self, cast: Cast) -> None:
        self.client = Client()
        self.client.force_login(cast.alice)
        self.project = cast.project.id

    def post(self, view: str, /, **data: Any) -> "Page":
        return Page(self.client.post(reverse(view, args=[self.project]), data))

    def step(self, act: str = "", /, **data: Any) -> "Page":
        return self.post("edit_function", act=act, **data)

    def schema(self, act: str = "", /, **data: Any) -> "Page":
        return self.post("edit_reply_schema", act=act, **data)


class Page:
    def __init__(self, answer: Any) -> None:
        self.status = answer.status_code
        self.event = answer.get("HX-Trigger")
        self.tree = LexborHTMLParser(answer.content.decode())

    def text(self, selector: str) -> str:
        node = self.tree.css_first(selector)
        return "" if node is None else " ".join(node.text().split())

    def texts(self, selector: str) -> list[str]:
        return [" ".join(node.text().split()) for node in self.tree.css(selector)]

    def values(self, selector: str) -> list[str]:
        return [node.attributes.get("value") or "" for node in self.tree.css(selector)]

    @property
    def function(self) -> Any:
        node = self.tree.css_first("textarea[name=function]")
        assert node is not None
        return json.loads(node.text())

    def form(self) -> dict[str, Any]:
        """Return what a browser would send from the form tab."""
        return {
            "tab": "form",
            "place": self.values("input[name=place]")[0],
            "function": json.dumps(self.function),
            "name": self.values("input[name=name]")[0],
            "description": self.text("textarea[name=description]"),
            **({"strict": "on"} if self.tree.css("input[name=strict][checked]") else {}),
            "required": self.values("input[name=required][checked]"),
            "p_was": self.values("input[name=p_was]"),
            "p_name": self.values("input[name=p_name]"),
            "p_description": self.values("input[name=p_description]"),
            "p_enum": self.values("input[name=p_enum]"),
            "p_type": [
                option.attributes.get("value", option.text()) or ""
                for option in self.tree.css("select[name=p_type] option[selected]")
            ],
        }
