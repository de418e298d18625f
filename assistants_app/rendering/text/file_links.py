"""Links to files within a model's Markdown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What is before and after the destination of a Markdown link, image or reference.
_BEFORE_TARGET = re.compile(r"\]\(\s*<?\Z")
_AFTER_TARGET = re.compile(r">?(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)")
_BEFORE_REFERENCE = re.compile(r"(?:\A|\n) {0,3}\[[^\[\]\n]+\]:[ \t]*<?\Z")


@dataclass(frozen=True, slots=True)
class FileLink:
    """What a model wrote to link a file, such as ``sandbox:/mnt/data/plot.png``, and its place.

    `url` leads to the file with the name `name`. `file_id` is what its page knows it by.
    """

    text: str
    start: int
    url: str
    name: str
    file_id: str


def with_links(value: str, links: Iterable[FileLink]) -> tuple[str, list[FileLink]]:
    """Return the Markdown with URLs in place of what the model wrote, and the links that fit it."""
    fitting = []
    # From the end, so that the other places stay right.
    for link in sorted(links, key=lambda item: -item.start):
        end = link.start + len(link.text)
        if value[link.start : end] != link.text:
            continue
        fitting.append(link)
        before, after = value[: link.start], value[end:]
        if _is_target(before, after):
            value = f"{before}{link.url}{after}"
        elif not before.endswith("`"):  # in code, a link would be visible as markdown
            value = f"{before}[{_escape_brackets(link.name)}]({link.url}){after}"
    return value, fitting


def _is_target(before: str, after: str) -> bool:
    """Return whether what is between these texts is where a Markdown link leads."""
    if _BEFORE_TARGET.search(before):
        return _AFTER_TARGET.match(after) is not None
    return _BEFORE_REFERENCE.search(before) is not None


def _escape_brackets(name: str) -> str:
    return name.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
