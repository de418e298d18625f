"""Options and hits of a search in vector stores, and the marks of citations."""

import re
from dataclasses import dataclass, field

from assistants_app.domain import limits
from assistants_app.domain.searches.attribute_filters import AttributeFilter, Value

# The mark that a reply cites a chunk by: the number of the search, the chunk's place in its
# results, and the file's name for people after a dagger.
_MARK_NAME = rf"[^【】\n]{{0,{1 + limits.FILE_NAME}}}"
CITATION_MARK = re.compile(rf"【(\d{{1,6}}):(\d{{1,6}})({_MARK_NAME})】")
# What may be the start of a mark.
MARK_SO_FAR = re.compile(rf"【(?:\d{{0,6}}|\d{{1,6}}:\d{{0,6}}|\d{{1,6}}:\d{{1,6}}{_MARK_NAME})")
_BRACKETS = str.maketrans("【】", "[]")


def without_marks(text: str) -> str:
    """Return the text with its brackets replaced, so that it contains no citation mark."""
    return text.translate(_BRACKETS)


def citation_mark(number: int, place: int, filename: str) -> str:
    """Return a citation mark in the vendor's format, on one line."""
    # A file's name may contain line breaks and brackets, which could forge another mark.
    name = "".join(char if char.isprintable() else " " for char in without_marks(filename))
    return f"【{number}:{place}†{' '.join(name.split())}】"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Options of a search.

    `score_threshold` is from 0 to 1. With `rerank`, a reranker orders the hits if there is one.
    """

    max_results: int = limits.SEARCH_RESULTS_DEFAULT
    filters: AttributeFilter | None = None
    score_threshold: float = 0.0
    rerank: bool = True


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A chunk that a search found, with all that a citation of it needs.

    `start` and `end` are offsets in the file's text, in characters. `page` counts from 1. `score`
    is from 0 to 1. `similarity` is the cosine, and `text_score` the share of the question's words
    that the chunk has. Each is None if that search did not find the chunk.
    """

    chunk_id: int
    store_id: str
    file_id: str
    filename: str
    index: int
    text: str
    start: int
    end: int
    page: int | None
    heading: str
    score: float = 0.0
    similarity: float | None = None
    text_score: float | None = None
    attributes: dict[str, Value] = field(default_factory=dict)
