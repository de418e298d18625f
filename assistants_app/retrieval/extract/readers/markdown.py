"""Reader for Markdown: the source, in sections by its headings."""

import re
from collections.abc import Iterator
from pathlib import Path

from assistants_app.retrieval.extract.document import Builder, Document, one_line, printable
from assistants_app.retrieval.extract.encoding import read_text
from assistants_app.retrieval.extract.limits import Limits

HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")


def read(path: Path, limits: Limits) -> Document:
    """Read a Markdown file, with a section for each heading."""
    builder = Builder(limits.characters)
    write_markdown(builder, printable(read_text(path, limits)))
    return builder.build()


def write_markdown(builder: Builder, text: str) -> None:
    """Add Markdown to a document as it is, and apply its headings."""
    at = 0
    for start, level, title in headings(text):
        builder.raw(text[at:start])
        builder.open_heading(level, title)
        at = start
    builder.raw(text[at:])


def headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield offset, level and title of each heading, marked with ``#`` or underlined.

    Lines in code fences are no headings.
    """
    offset, before, fence = 0, "", ""
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\n")
        if found := FENCE.match(bare):
            mark = found[1]
            if not fence:
                fence = mark
            # CommonMark: a fence ends with a line of at least as many of the same marks.
            elif mark.startswith(fence) and not bare.strip(" \t`~"):
                fence = ""
        elif not fence:
            if (found := HEADING.match(bare)) and (title := _title(bare[found.end() :])):
                yield offset, len(found[1]), one_line(title)
            elif before.strip() and (found := UNDERLINE.match(bare)):
                yield offset - len(before), 1 if found[1][0] == "=" else 2, one_line(before)
        before = line if not fence and bare.strip() and not HEADING.match(bare) else ""
        offset += len(line)


def _title(marked: str) -> str:
    # Without the marks that may close a heading.
    title = marked.strip(" \t")
    bare = title.rstrip("#")
    return title if bare and bare[-1] not in " \t" else bare.rstrip(" \t")
