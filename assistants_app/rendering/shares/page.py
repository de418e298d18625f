"""What a share link shows, as HTML without scripts and without links into the project."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.rendering.text.citations import Cited
from assistants_app.rendering.text.file_links import FileLink, with_links
from assistants_app.rendering.text.markdown import coloured, render_markdown, render_typed
from assistants_app.rendering.text.previews import RASTER_IMAGES
from assistants_app.rendering.tool_calls.cards import pretty
from assistants_app.rendering.tool_calls.pictures import figure

WireObject = Mapping[str, Any]
FileUrl = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that the link shows."""

    name: str
    bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a reply cites: `anchor` is the ID that its chip leads to."""

    anchor: str
    label: str
    quote: str


@dataclass(slots=True)
class SharedItem:
    """A message, or a tool call: `label` says what it did, `code` and `texts` are its details."""

    kind: str
    when: datetime
    who: str = ""
    is_incomplete: bool = False
    blocks: list[SafeString] = field(default_factory=list)
    files: list[SharedFile] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    label: str = ""
    has_details: bool = False
    code: SafeString = SafeString("")
    texts: list[str] = field(default_factory=list)
    found: list[Source] = field(default_factory=list)


def shared_items(
    shown: WireObject, items: Sequence[WireObject], first: int, file_url: FileUrl
) -> list[SharedItem]:
    """Return some of a snapshot's items for a template. `first`: the number of the first of them.

    `file_url` returns the URL of a file by its number in the snapshot.
    """
    files = _Files(shown["files"], file_url)
    return [
        _tool(item, files) if item["kind"] == "tool" else _message(item, files, number)
        for number, item in enumerate(items, first)
    ]


class _Files:
    """The files of a snapshot."""

    def __init__(self, files: Mapping[str, WireObject], file_url: FileUrl) -> None:
        self._files, self._url = files, file_url

    def url(self, number: str) -> str:
        return self._url(number)

    def name(self, number: str) -> str:
        return str(self._files[number]["name"])

    def shown(self, numbers: Sequence[str]) -> list[SharedFile]:
        return [
            SharedFile(self.name(number), self._files[number]["bytes"], self.url(number))
            for number in numbers
        ]

    def picture(self, number: str, alt: str = "", *, inline: bool = False) -> SafeString:
        """Return the image, or "" if the file isn't one or was deleted."""
        file = self._files.get(number)
        if file is None or file["mime_type"] not in RASTER_IMAGES:
            return SafeString("")
        return figure(self.url(number), alt=alt or file["name"], inline=inline)


def _when(item: WireObject) -> datetime:
    return datetime.fromtimestamp(item["created_at"], UTC)


def _message(item: WireObject, files: _Files, number: int) -> SharedItem:
    shown = SharedItem(
        item["kind"], _when(item), who=item["author"], is_incomplete=item["is_incomplete"]
    )
    for part in item["parts"]:
        shown.blocks += _blocks(part, shown, files, number)
    shown.files = files.shown(item["files"])
    return shown


def _blocks(
    part: WireObject, shown: SharedItem, files: _Files, number: int
) -> Iterator[SafeString]:
    match part["type"]:
        case "text" if shown.kind == "user":
            yield render_typed(part["text"])
        case "text":
            yield _reply(part, shown, files, number)
        case "refusal":
            yield render_typed(part["text"])
        case "image_url" if part["url"].startswith("data:image/"):
            yield figure(part["url"], alt=_("Image in the message"))
        case "image_url":
            # A remote image would tell its host who reads what.
            yield render_typed(part["url"])
        case _:
            yield files.picture(part["file"])


def _reply(part: WireObject, shown: SharedItem, files: _Files, number: int) -> SafeString:
    links = [
        FileLink(
            link["text"],
            link["start"],
            files.url(link["file"]),
            files.name(link["file"]),
            link["file"],
        )
        for link in part["links"]
    ]
    value, linked = with_links(part["text"], links)
    numbers = {link.url: link.file_id for link in linked}

    def draw(url: str, alt: str, is_linked: bool) -> str:
        return files.picture(numbers[url], alt, inline=True)

    cited = dict(_cited(part, shown, number))
    return render_markdown(value, {link.url: link.name for link in linked}, cited, draw)


def _cited(part: WireObject, shown: SharedItem, number: int) -> Iterator[tuple[str, Cited]]:
    """Yield the chips of a text's citations by mark, and add what they cite to the item."""
    marks = set()
    for citation in part["citations"]:
        if citation["mark"] in marks:
            continue
        marks.add(citation["mark"])
        place = len(shown.sources) + 1
        anchor = f"source-{number}-{place}"
        label = _label(citation["file_name"], citation["page"])
        shown.sources.append(Source(anchor, label, citation["quote"]))
        yield citation["mark"], Cited(place, f"#{anchor}", label)


def _label(name: str, page: int | None) -> str:
    return _("%(name)s, page %(page)s") % {"name": name, "page": page} if page else name


def _tool(item: WireObject, files: _Files) -> SharedItem:
    shown = SharedItem("tool", _when(item))
    match item["tool"]:
        case "code_interpreter":
            shown.label = _("Ran Python")
            _add_code(shown, item, files)
        case "file_search":
            shown.label = _("Searched files")
            _add_results(shown, item)
        case _:
            shown.label = _("Called a function")
            _add_function(shown, item)
    return shown


def _add_code(shown: SharedItem, item: WireObject, files: _Files) -> None:
    if "code" not in item:
        return
    shown.has_details = True
    shown.code = coloured(item["code"], "python")
    shown.texts = [output["text"] for output in item["outputs"] if output["type"] == "logs"]
    images = (output["file"] for output in item["outputs"] if output["type"] == "image")
    shown.blocks = [files.picture(number) for number in images]
    shown.files = files.shown(item["files"])


def _add_results(shown: SharedItem, item: WireObject) -> None:
    if "query" not in item:
        return
    shown.has_details = True
    shown.texts = [item["query"]] if item["query"] else []
    shown.found = [
        Source("", _label(result["file_name"], result["page"]), result["text"])
        for result in item["results"]
    ]


def _add_function(shown: SharedItem, item: WireObject) -> None:
    if "name" not in item:
        return
    shown.has_details = True
    shown.label = _("Called %(name)s") % {"name": item["name"]}
    shown.code = coloured(pretty(item["arguments"]), "json")
    shown.texts = [] if item["output"] is None else [item["output"]]
