"""Citations: numbered chips in replies, the cited text, and the text around it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline

from assistants_app.domain.search import CITATION_MARK
from assistants_app.models import Citation

WireObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation's chip: its number in the reply, the URL of the cited text, and its file."""

    number: int
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class TextAround:
    """A file's text around a citation. `cut` means that the file has more than is shown."""

    before: str
    cited: str
    after: str
    cut: bool

    @property
    def marked(self) -> SafeString:
        """Return the text with the cited text marked."""
        # Not in a template, because its white space would become part of the text.
        mark = format_html('<mark id="cited-text">{}</mark>', self.cited)
        return format_html("{}{}{}", self.before, mark, self.after)


def citation_plugin(md: MarkdownIt) -> None:
    """Render marks in ``env["citations"]`` as chips. Other marks, and marks in code, stay text."""
    # Before links are found: the file name in a mark may look like a host name.
    md.inline.add_terminator_char("【")
    md.inline.ruler.before("escape", "citation", _parse_mark)
    md.add_render_rule("citation", _render_chip)


def cited_in(text: WireObject, project_id: str, thread_id: str) -> dict[str, Cited]:
    """Return the chips of a message's text, by mark. Each cited chunk has one number, from 1."""
    cited: dict[str, Cited] = {}
    for annotation in _annotations_in_order(text):
        mark = CITATION_MARK.fullmatch(annotation["text"])
        if mark is None or annotation["text"] in cited:
            continue
        page = annotation["file_citation"].get("page")
        name = mark[3].removeprefix("†")
        url = citation_url("citation", project_id, thread_id, int(mark[1]), int(mark[2]))
        label = _("%(name)s, page %(page)s") % {"name": name, "page": page} if page else name
        cited[annotation["text"]] = Cited(len(cited) + 1, url, label)
    return cited


def citation_url(name: str, project_id: str, thread_id: str, number: int, place: int) -> str:
    """Return the site's URL for result `place` of the thread's search `number`."""
    return reverse(name, args=[project_id, thread_id, number, place])


def text_around(
    citation: Citation, text: str, start: int, *, more_after: bool
) -> TextAround | None:
    """Return the cited text within `text`, which begins at character `start` of the file.

    Return None if the file doesn't contain the cited text any more.
    """
    begins = citation.start - start
    ends = citation.end - start
    # The file may have been indexed again since then, with another text before the cited one.
    if begins < 0 or text[begins:ends].split() != citation.quote.split():
        begins = text.find(citation.quote)
        ends = begins + len(citation.quote)
    if begins < 0:
        return None
    return TextAround(text[:begins], text[begins:ends], text[ends:], start > 0 or more_after)


def _annotations_in_order(text: WireObject) -> Iterable[WireObject]:
    found = [item for item in text.get("annotations") or () if item["type"] == "file_citation"]
    return sorted(found, key=lambda item: int(item["start_index"]))


def _parse_mark(state: StateInline, silent: bool) -> bool:
    match = CITATION_MARK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("citation", "", 0).content = match[0]
    state.pos = match.end()
    return True


def _render_chip(self: Any, tokens: Any, index: int, options: Any, env: Any) -> SafeString:
    mark = tokens[index].content
    cited: Cited | None = env.get("citations", {}).get(mark)
    if cited is None:
        return SafeString(escapeHtml(mark))
    said = escapeHtml(
        _("Citation %(number)s: %(label)s") % {"number": cited.number, "label": cited.label}
    )
    label = escapeHtml(cited.label)
    return SafeString(
        f'<a class="cite" href="{escapeHtml(cited.url)}" aria-label="{said}" title="{label}">'
        f"{cited.number}</a>"
    )
