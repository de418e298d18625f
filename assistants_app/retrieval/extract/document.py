"""Documents, the result of extraction: a text and its sections, with their pages and headings."""

import re
from dataclasses import dataclass, field
from typing import Literal, Self

ErrorCode = Literal["unsupported_file", "invalid_file", "server_error"]
LONGEST_REASON = 200  # characters of a library's error message
PASSWORD_PROTECTED = "The file is password-protected. Save it without a password."
_SPACES = re.compile(r"(?<=\S)[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


class ExtractionError(Exception):
    """Raised for a file without usable text.

    `code` is one of the vendor's codes for the ``last_error`` of a vector store's file. `message`
    says what is wrong with the file and how to fix it.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def damaged(cls, what: str, why: object) -> Self:
        """Return the error for a damaged file. `why` is the reason that its library gave."""
        reason = str(why)[:LONGEST_REASON].rstrip(". ")
        return cls("invalid_file", f"{what} is damaged ({reason}).")


@dataclass(frozen=True, slots=True)
class Section:
    """The characters `start` to `end` of a text, with their page (from 1) and headings."""

    start: int
    end: int
    page: int | None = None
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text. Its sections cover the text from 0 to its end, without gaps."""

    text: str
    sections: tuple[Section, ...] = ()
    pages: int | None = None


@dataclass(slots=True)
class Builder:
    """Builds a document block by block, in reading order.

    `characters` is the limit of its text. `page` is the page of the text that is added next.
    `parsing_work` is what the parser of HTML has had to do for the document so far.
    """

    characters: int
    page: int | None = None
    parsing_work: int = 0
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        """Add a heading. It applies until the next of its level or above, where 1 is the top."""
        if title := one_line(text):
            self.open_heading(level, title)
            self.block(title)

    def open_heading(self, level: int, title: str) -> None:
        """Apply a heading like :meth:`heading`, without adding its text."""
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title[:200]))

    def reset_headings(self) -> None:
        """Put the text that follows under no heading."""
        self._headings.clear()

    def block(self, text: str) -> None:
        """Add a paragraph, table or list, with a blank line after it."""
        text = tidy(text)
        if text:
            self.raw(text + "\n\n")

    def raw(self, text: str) -> None:
        """Add text unchanged. Raises :class:`ExtractionError` beyond the limit of characters."""
        if not text:
            return
        start = self._length
        self._length += len(text)
        if self._length > self.characters:
            raise ExtractionError("invalid_file", too_much_text(self.characters))
        self._parts.append(text)
        headings = tuple(title for _, title in self._headings)
        last = self._sections[-1] if self._sections else None
        # Extend the last section instead of adding a second one with the same page and headings.
        if last and last.page == self.page and last.headings == headings:
            start = self._sections.pop().start
        self._sections.append(Section(start, self._length, self.page, headings))

    def build(self, pages: int | None = None) -> Document:
        """Return the document. Raises :class:`ExtractionError` if it has no text."""
        text = "".join(self._parts)
        if not text.strip():
            raise ExtractionError("invalid_file", "The file contains no text.")
        return Document(text, tuple(self._sections), pages)


def too_much_text(limit: int) -> str:
    """Return the error message for a file with more than `limit` characters."""
    return f"The file has more than {limit:,} characters of text. Split it into smaller files."


def one_line(text: str) -> str:
    """Return `text` with each run of white space replaced by one space."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Return `text` without control characters and runs of spaces or blank lines.

    Spaces at the start of a line remain, since they indent source code and lists.
    """
    text = printable(text).replace("\r\n", "\n").replace("\r", "\n")
    lines = (_SPACES.sub(" ", line).rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


# NUL, lone surrogates and the like: neither PostgreSQL's text columns nor JSON accept them.
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")


def printable(text: str) -> str:
    """Return `text` without characters that a database or JSON would refuse."""
    return _UNWANTED.sub("", text).replace("\x0c", "\n").replace("\u2028", "\n")
