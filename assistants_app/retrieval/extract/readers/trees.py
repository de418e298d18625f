"""XML as a stream of elements: no entities, no depth that recursion would feel."""

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from assistants_app.retrieval.extract.document import ExtractionError

DEEPEST = 1000


def events(file: IO[bytes]) -> Iterator[tuple[str, Element, int]]:
    """``start`` or ``end``, the element, and its depth (the root's is 1).

    Who has used an element calls its ``clear()``. Raises :class:`ExtractionError` for XML that is
    damaged, declares entities or is nested more than 1,000 deep.
    """
    depth = 0
    try:
        for event, element in ElementTree.iterparse(
            file, events=("start", "end"), forbid_dtd=False
        ):
            if event == "start":
                depth += 1
                if depth > DEEPEST:
                    raise ExtractionError("invalid_file", "The file is nested too deeply.")
            yield event, element, depth
            if event == "end":
                depth -= 1
    except DefusedXmlException as error:
        raise ExtractionError(
            "invalid_file", "The file declares XML entities, which are not read."
        ) from error
    except ParseError as error:
        raise ExtractionError.damaged("The file", error) from error


def root(file: IO[bytes]) -> Element:
    """A small document as a whole."""
    element = None
    for event, node, depth in events(file):
        if event == "start" and depth == 1:
            element = node
    assert element is not None, "a document without a root is a ParseError"
    return element


def children_of_depth(file: IO[bytes], depth: int) -> Iterator[Element]:
    """Each element of this depth when it is complete; it is cleared afterwards."""
    for event, element, level in events(file):
        if event == "end" and level == depth:
            yield element
            element.clear()


def local(tag: str) -> str:
    """A tag's name without its namespace."""
    return tag.rpartition("}")[2]
