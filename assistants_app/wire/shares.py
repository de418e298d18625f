"""What a share link shows, as JSON that is built from an allowlist of fields."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistants_app.domain.redaction import FileNames, names_in_paths, possible_names
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION
from assistants_app.models import File, Message, Run, RunStep
from assistants_app.models.people.shared_rows import SharedRows
from assistants_app.wire import common

WireObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hides:
    """What the person who shares leaves out."""

    instructions: bool = True
    file_names: bool = False
    tools: bool = False


@dataclass(frozen=True, slots=True)
class Numbered:
    """The files, by ID, and the hidden names that have a number in a link, in their order.

    A link that is kept up to date stores them, so that ``file-3`` stays the same file.
    """

    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, stored: WireObject | None) -> "Numbered":
        """Return what a link has stored, or nothing if it hasn't."""
        return cls(**{key: tuple(value) for key, value in (stored or {}).items()})

    def to_json(self) -> dict[str, list[str]]:
        """Return what a link stores."""
        return {"files": list(self.files), "names": list(self.names)}


def snapshot(
    rows: SharedRows,
    *,
    title: str,
    hides: Hides,
    numbered: Numbered = Numbered(),  # noqa: B008 - frozen
) -> tuple[dict[str, Any], Numbered]:
    """Return what a link shows, and what has a number in it now.

    In ``files``, only `id` isn't for its readers. Everything is copied field by field: what a table
    gets in the future is not shared by that.
    """
    built = _Snapshot(rows, title, hides, numbered)
    return built.shown, built.numbered


def public_snapshot(shown: WireObject) -> dict[str, Any]:
    """Return a snapshot without what only the server needs."""
    files = {
        number: {name: file[name] for name in ("name", "mime_type", "bytes")}
        for number, file in shown["files"].items()
    }
    return {**shown, "files": files}


class _Snapshot:
    def __init__(self, rows: SharedRows, title: str, hides: Hides, numbered: Numbered) -> None:
        self._rows, self._hides = rows, hides
        self._names: FileNames | None = None
        if hides.file_names:
            texts = [title, *_texts(rows)]
            names = possible_names([*rows.file_names, *names_in_paths(texts)], texts)
            self._names = FileNames(names, numbered.names)
        self._files: dict[str, dict[str, Any]] = {}
        # Their places in a list instead of IDs, which say when an object was made.
        self._numbers = {file_id: str(place) for place, file_id in enumerate(numbered.files, 1)}
        items = [item for row in rows.rows for item in self._items(row)]
        self.shown = {
            "title": self._text(title),
            "instructions": list(self._instructions()),
            "items": items,
            "files": self._files,
        }
        names_now = self._names.numbered if self._names else numbered.names
        self.numbered = Numbered(tuple(self._numbers), tuple(names_now))

    def _instructions(self) -> Iterator[WireObject]:
        seen: set[tuple[str, str]] = set()
        for run in () if self._hides.instructions else self._rows.runs:
            key = (run.assistant_id, run.instructions)
            if run.instructions and key not in seen:
                seen.add(key)
                yield {"author": self._author(run), "text": self._text(run.instructions)}

    def _items(self, row: Message | RunStep) -> Iterator[WireObject]:
        if isinstance(row, Message):
            yield self._message(row)
        else:
            for call in row.step_details["tool_calls"]:
                yield self._call(row, call)

    def _author(self, row: Message | Run) -> str:
        return self._text(self._rows.authors.get(row.assistant_id or "", ""))

    def _message(self, message: Message) -> WireObject:
        attached = (item.get("file_id") for item in message.attachments)
        return {
            "kind": message.role,
            "created_at": common.unix_time(message.created_at),
            "author": self._author(message) if message.role == "assistant" else "",
            "is_incomplete": message.status == "incomplete",
            "parts": [self._part(part) for part in message.content],
            "files": self._shown_files(attached),
        }

    def _part(self, part: WireObject) -> WireObject:
        match part["type"]:
            case "text":
                return self._text_part(part["text"])
            case "refusal":
                return {"type": "refusal", "text": self._text(part["refusal"])}
            case "image_url":
                url = part["image_url"]["url"]
                # The bytes of an image may look like a name.
                shown = url if url.startswith("data:") else self._text(url)
                return {"type": "image_url", "url": shown}
            case _:
                return {"type": "image", "file": self._file(part["image_file"]["file_id"])}

    def _text_part(self, text: WireObject) -> WireObject:
        """Return a text with its citations and links to files, wherever hidden names move them."""
        value = str(text["value"])
        shown, done = "", 0
        citations, links = [], []
        for annotation in self._annotations(value, text):
            shown += self._text(value[done : annotation["start_index"]])
            done = annotation["end_index"]
            if annotation["type"] == "file_citation":
                citation = self._citation(annotation)
                citations.append({**citation, "start": len(shown)})
                shown += citation["mark"]
            else:
                link, number = self._link(annotation)
                if number:
                    links.append({"text": link, "start": len(shown), "file": number})
                shown += link
        return {
            "type": "text",
            "text": shown + self._text(value[done:]),
            "citations": citations,
            "links": links,
        }

    def _annotations(self, value: str, text: WireObject) -> Iterator[WireObject]:
        for annotation in _in_order(value, text.get("annotations") or ()):
            ends = annotation["start_index"], annotation["end_index"]
            # A link may end at a space in the name of its file.
            if not (self._names and any(self._names.cuts_a_name(value, end) for end in ends)):
                yield annotation

    def _citation(self, annotation: WireObject) -> dict[str, Any]:
        cited, mark = annotation["file_citation"], CITATION_MARK.fullmatch(annotation["text"])
        name = mark[3].removeprefix("†") if mark else ""
        return {
            "mark": self._text(annotation["text"]),
            "file_name": self._name(name),
            "page": cited.get("page"),
            # The cited text is what the search found.
            "quote": "" if self._hides.tools else self._text(cited.get("quote") or ""),
        }

    def _link(self, annotation: WireObject) -> tuple[str, str]:
        number = self._file(annotation["file_path"]["file_id"])
        if self._names and number:
            return f"sandbox:/mnt/data/{self._files[number]['name']}", number
        return self._text(annotation["text"]), number

    def _call(self, step: RunStep, call: WireObject) -> WireObject:
        kind = call["type"]
        shown = {"kind": "tool", "tool": kind, "created_at": common.unix_time(step.created_at)}
        if self._hides.tools:
            return shown
        details: dict[str, Callable[[WireObject], WireObject]] = {
            CODE_INTERPRETER: self._code,
            FILE_SEARCH: self._search,
            FUNCTION: self._function,
        }
        return {**shown, **(details[kind](call) if kind in details else {})}

    def _code(self, call: WireObject) -> WireObject:
        code = call[CODE_INTERPRETER]
        made = (file.get("file_id") for file in (call.get("result") or {}).get("files") or ())
        return {
            "code": self._text(code["input"]),
            "outputs": [
                {"type": "image", "file": self._file(output["image"]["file_id"])}
                if output["type"] == "image"
                else {"type": "logs", "text": self._text(output["logs"])}
                for output in code["outputs"]
            ],
            "files": self._shown_files(made),
        }

    def _search(self, call: WireObject) -> WireObject:
        search = call[FILE_SEARCH]
        return {
            "query": self._text(search.get("query", "")),
            "results": [
                {
                    "file_name": self._name(result["file_name"]),
                    "page": result.get("page"),
                    "text": self._text(
                        "\n".join(part["text"] for part in result.get("content") or ())
                    ),
                }
                for result in search.get("results") or ()
            ],
        }

    def _function(self, call: WireObject) -> WireObject:
        function = call[FUNCTION]
        output = function["output"]
        return {
            "name": self._text(function["name"]),
            "arguments": self._text(function["arguments"]),
            "output": None if output is None else self._text(output),
        }

    def _shown_files(self, file_ids: Any) -> list[str]:
        numbers = [self._file(file_id) for file_id in file_ids if file_id]
        return [number for number in dict.fromkeys(numbers) if number]

    def _file(self, file_id: str) -> str:
        """Return the file's number in the snapshot, or "" if it was deleted."""
        file = self._rows.files.get(file_id)
        if file is None:
            return ""
        number = self._numbers.setdefault(file_id, str(len(self._numbers) + 1))
        if number not in self._files:
            self._files[number] = self._file_object(file)
        return number

    def _file_object(self, file: File) -> dict[str, Any]:
        return {
            "id": file.id,
            "name": self._name(file.filename),
            "mime_type": file.mime_type,
            "bytes": file.bytes,
        }

    def _name(self, name: str) -> str:
        return self._names.stand_in(name) if self._names else name

    def _text(self, text: str) -> str:
        return self._names.replaced(text) if self._names else text


def _texts(rows: SharedRows) -> Iterator[str]:
    """Yield all texts that a link may show, before anything is hidden."""
    yield from rows.authors.values()
    for run in rows.runs:
        yield run.instructions
    for row in rows.rows:
        yield from _strings(row.content if isinstance(row, Message) else row.step_details)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)


def _in_order(value: str, annotations: Any) -> Iterator[WireObject]:
    # A client may send any annotations: only those whose text is where they say.
    done = 0
    for annotation in sorted(annotations, key=lambda item: int(item["start_index"])):
        start, end = annotation["start_index"], annotation["end_index"]
        known = annotation["type"] in ("file_citation", "file_path")
        if known and start >= done and value[start:end] == annotation["text"]:
            done = end
            yield annotation
