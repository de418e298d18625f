"""What extraction yields: one text, and which part of it stands where in the file."""

import re
from dataclasses import dataclass, field
from typing import Literal, Self

ErrorCode = Literal["unsupported_file", "invalid_file", "server_error"]
LONGEST_REASON = 200  # characters of a library's words
_SPACES = re.compile(r"(?<=\S)[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


class ExtractionError(Exception):
    """A file without usable text.

    `code` is one of the vendor's codes of a vector store file's ``last_error``; `message` says what
    is wrong with the file and, where there is one, the remedy.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def damaged(cls, what: str, why: object) -> Self:
        """`what` is damaged; `why` is in the words of whom could not read it."""
        said = str(why)[:LONGEST_REASON].rstrip(". ")
        return cls("invalid_file", f"{what} is damaged ({said}).")


@dataclass(frozen=True, slots=True)
class Section:
    """Characters `start` to `end` of the text: on which page (from 1) and under which headings."""

    start: int
    end: int
    page: int | None = None
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text. The sections follow each other without gaps from 0 to the text's end."""

    text: str
    sections: tuple[Section, ...] = ()
    pages: int | None = None


@dataclass(slots=True)
class Builder:
    """Collects a document block by block, in reading order."""

    characters: int
    page: int | None = None
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        """A title that holds until the next of its level or above (1 is the highest)."""
        if title := one_line(text):
            self.open_heading(level, title)
            self.block(title)

    def open_heading(self, level: int, title: str) -> None:
        """Like :meth:`heading` for a title whose text is added apart."""
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title[:200]))

    def reset_headings(self) -> None:
        """What follows stands under no heading."""
        self._headings.clear()

    def block(self, text: str) -> None:
        """A paragraph, table or list; blank lines set it apart from the others."""
        text = tidy(text)
        if text:
            self.raw(text + "\n\n")

    def raw(self, text: str) -> None:
        """Text as it is. Raises :class:`ExtractionError` above the limit."""
        if not text:
            return
        start = self._length
        self._length += len(text)
        if self._length > self.characters:
            raise ExtractionError(
                "invalid_file", f"The file holds more than {self.characters:,} characters of text."
            )
        self._parts.append(text)
        headings = tuple(title for _, title in self._headings)
        last = self._sections[-1] if self._sections else None
        if last and last.page == self.page and last.headings == headings:
            start = self._sections.pop().start
        self._sections.append(Section(start, self._length, self.page, headings))

    def build(self, pages: int | None = None) -> Document:
        """The document. Raises :class:`ExtractionError` for one without a letter."""
        text = "".join(self._parts)
        if not text.strip():
            raise ExtractionError("invalid_file", "The file holds no text.")
        return Document(text, tuple(self._sections), pages)


def one_line(text: str) -> str:
    """`text` with each run of white space as one space."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """`text` without control characters, runs of spaces (but at a line's start) and of lines."""
    text = printable(text).replace("\r\n", "\n").replace("\r", "\n")
    lines = (_SPACES.sub(" ", line).rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` without what no database column and no JSON takes: NUL, lone surrogates and such."""
    return _UNWANTED.sub("", text).replace("\x0c", "\n").replace("\u2028", "\n")
