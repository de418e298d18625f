"""XML as a stream of elements, without entities and without deep nesting."""

from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from assistants_app.retrieval.extract.document import ExtractionError

# Deeper files are made to break code that visits a tree recursively.
DEEPEST = 1000
ENTITIES = "The file declares XML entities, which aren't supported."


def events(file: IO[bytes]) -> Iterator[tuple[str, Element, int]]:
    """Yield ``start`` or ``end``, the element, and its depth, where the root's is 1.

    The caller clears each element that it has used, or the whole tree stays in memory. Raises
    :class:`ExtractionError` for XML that is damaged, declares entities or is nested more than
    1,000 levels deep.
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
        raise ExtractionError("invalid_file", ENTITIES) from error
    except ParseError as error:
        raise ExtractionError.damaged("The file", error) from error


def root(file: IO[bytes]) -> Element:
    """Return the root of a small document, with its whole tree."""
    element = None
    for event, node, depth in events(file):
        if event == "start" and depth == 1:
            element = node
    assert element is not None, "a document without a root is a ParseError"
    return element


def children_of_depth(file: IO[bytes], depth: int) -> Iterator[Element]:
    """Yield each complete element of this depth, and clear it afterwards."""
    for event, element, level in events(file):
        if event == "end" and level == depth:
            yield element
            element.clear()


def local(tag: str) -> str:
    """Return a tag's name without its namespace."""
    return tag.rpartition("}")[2]
