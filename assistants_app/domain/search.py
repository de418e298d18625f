"""What a search of vector stores is asked for, and what it finds."""

import re
from dataclasses import dataclass, field

from assistants_app.domain.attribute_filters import AttributeFilter, Value
from assistants_app.domain.limits import SEARCH_RESULTS_DEFAULT

# What replies cite passages by: the number of a search, a place in it, and the rest for people.
CITATION_MARK = re.compile(r"【(\d{1,6}):(\d{1,6})([^】\n]*)】")
_BRACKETS = str.maketrans("【】", "[]")


def without_marks(text: str) -> str:
    """The same text, in which nothing can be taken for a mark."""
    return text.translate(_BRACKETS)


def citation_mark(number: int, place: int, filename: str) -> str:
    """A mark in the vendor's form, on one line whatever the file is called."""
    name = "".join(char if char.isprintable() else " " for char in without_marks(filename))
    return f"【{number}:{place}†{' '.join(name.split())}】"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """`score_threshold`: from 0 to 1. `rerank`: whether a reranker, if there is one, may order."""

    max_results: int = SEARCH_RESULTS_DEFAULT
    filters: AttributeFilter | None = None
    score_threshold: float = 0.0
    rerank: bool = True


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A passage, with all that a citation of it needs.

    `start` and `end` count characters of the file's text, `page` counts from 1. `score` is from 0
    to 1; `similarity` is the cosine and `text_score` the part of the question's words that the
    passage has, both None where that search alone did not find it.
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
