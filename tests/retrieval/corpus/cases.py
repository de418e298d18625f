"""The shape of the corpus: a file and what its text must say."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO

OUR_TESTS = "our tests"


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what is expected of its text.

    `content` is the file, or a function that makes it when the test runs. The text has all of
    `keeps`, in this order, and none of `drops`. Each chunk has all of `in_every_chunk`. A file with
    an `error` is refused instead, with a message that contains these words.
    """

    name: str
    content: bytes | str | Callable[[], bytes]
    keeps: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    in_every_chunk: tuple[str, ...] = ()
    error: str = ""
    # How often each of `keeps` may occur in the text. 0 means any number.
    times: int = 0
    # The file's name and declared type. Without them the name is the case's, with the extension of
    # the format.
    filename: str = ""
    content_type: str = ""
    # For the table in docs/compatibility.md.
    writer: str = OUR_TESTS
    shows: str = ""  # a short noun phrase, such as "number formats"; cases may share one
    language: str = ""
    encoding: str = ""

    def bytes(self) -> bytes:
        """Return the file."""
        content = self.content() if callable(self.content) else self.content
        return content.encode() if isinstance(content, str) else content


@dataclass(frozen=True, slots=True)
class Corpus:
    """The cases of a format. `ending` is its extension without the dot, `title` its name."""

    ending: str
    title: str
    cases: tuple[Case, ...]


def corpora() -> list[Corpus]:
    """Return the corpus of each module of this package that has one, by extension."""
    package = "tests.retrieval.corpus"
    modules = (
        import_module(f"{package}.{found.name}")
        for found in iter_modules([str(Path(__file__).parent)])
    )
    found = [module.CORPUS for module in modules if hasattr(module, "CORPUS")]
    return sorted(found, key=lambda corpus: corpus.ending)


def saved(save: Callable[[IO[bytes]], object]) -> bytes:
    """Return what a library's function writes into a file object."""
    file = io.BytesIO()
    save(file)
    return file.getvalue()
