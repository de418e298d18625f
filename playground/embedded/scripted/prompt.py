"""What a chat completion asks for, as far as the scenarios look at it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BUILT_IN = ("file_search", "code_interpreter")
# The mark of a passage in the output of file search, which a citation repeats.
CITATION = re.compile(r"【\d+:\d+†[^】]{0,1024}】")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The last message of the user, and what was called since.

    - `tools`: JSON schemas of the parameters, by the tool's name.
    - `results`: what each call since the user's message returned, by the tool's name.
    - `schema`: the JSON schema of the reply, {} for any JSON, None for text.
    """

    text: str
    tools: dict[str, dict[str, Any]]
    results: list[tuple[str, str]]
    schema: dict[str, Any] | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Prompt":
        """Return the prompt of a request's body."""
        messages = body.get("messages") or []
        last = max((at for at, row in enumerate(messages) if row["role"] == "user"), default=-1)
        text = _text(messages[last]) if last >= 0 else ""
        names: dict[str, str] = {}
        results = []
        for row in messages[last + 1 :]:
            for call in row.get("tool_calls") or []:
                names[call["id"]] = call["function"]["name"]
            if row["role"] == "tool":
                results.append((names.get(row["tool_call_id"], ""), _text(row)))
        functions = [tool["function"] for tool in body.get("tools") or []]
        tools = {each["name"]: each.get("parameters") or {} for each in functions}
        return cls(text, tools, results, _schema(body.get("response_format")))

    def has(self, words: tuple[str, ...]) -> bool:
        """Return whether the user wrote one of `words`, in any case."""
        written = set(re.findall(r"[a-z]+", self.text.lower()))
        return not written.isdisjoint(words)

    @property
    def functions(self) -> list[str]:
        """The names of the functions, without the built-in tools."""
        return [name for name in self.tools if name not in BUILT_IN]

    @property
    def names(self) -> list[str]:
        """Capitalised words behind the first, such as cities: values for arguments."""
        return re.findall(r"(?<=\s)[A-Z][a-z]+", self.text)


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def _schema(form: Any) -> dict[str, Any] | None:
    if not isinstance(form, dict) or form.get("type") in {None, "text"}:
        return None
    schema = (form.get("json_schema") or {}).get("schema") or {}
    return dict(schema)


def sample(schema: Mapping[str, Any], word: str = "Berlin") -> Any:
    """Return a value that fits a JSON schema, with `word` for its texts."""
    if "enum" in schema:
        return schema["enum"][0]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return sample(options[0], word)
    kind = schema.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "string":
            return word
        case "integer" | "number":
            return 3
        case "boolean":
            return True
        case "array":
            return [sample(schema.get("items") or {"type": "string"}, word)]
        case "null":
            return None
    properties = schema.get("properties") or {}
    return {name: sample(part, word) for name, part in properties.items()}


def as_json(value: Any) -> str:
    """Return `value` as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)
