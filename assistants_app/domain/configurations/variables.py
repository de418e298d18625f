"""Variables of an assistant: their declarations, and values in the place of their marks.

A mark is ``{{name}}``. Only marks of declared names are replaced, each once, and everything else
stays as it was typed. A backslash keeps a mark as it is: ``\\{{name}}`` becomes ``{{name}}``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

TEXT, NUMBER, BOOLEAN, CHOICE = "text", "number", "boolean", "choice"
IMAGE, FILE = "image", "file"
TYPES: Final = (TEXT, NUMBER, BOOLEAN, CHOICE, IMAGE, FILE)

NAME_LENGTH: Final = 64
NAME: Final = re.compile(rf"[^\W\d][\w.-]{{0,{NAME_LENGTH - 1}}}")
# As in Handlebars, two backslashes are one backslash in front of the value.
_MARK = re.compile(rf"(\\{{0,2}})(\{{\{{[ \t]{{0,8}}({NAME.pattern})[ \t]{{0,8}}\}}\}})")

Value = str | bool | int | float | Mapping[str, Any]
"""A value. An image or a file is an object with its ``type``, as in a message's content."""
Values = Mapping[str, Value]
Piece = str | Mapping[str, Any]
"""A text, or an image as in a message's content."""
ReadFile = Callable[[str], str]
"""Returns the text of a file by its ID."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared variable.

    A run needs a value for it if the `default` is None. With the default "", nothing takes the
    place of its marks. `choices` are the possible values of a choice.
    """

    name: str
    type: str = TEXT
    default: Value | None = None
    description: str = ""
    choices: tuple[str, ...] = ()


Declarations = Mapping[str, Declaration]


class TooLong(Exception):
    """Raised for a text that would be longer than `most` characters with its values."""


def declared(stored: Any) -> dict[str, Declaration]:
    """Return the declarations in a configuration's ``variables``, by name.

    Leaves out what is incomplete: a draft may have anything.
    """
    found: dict[str, Declaration] = {}
    for item in stored if isinstance(stored, list) else ():
        if isinstance(item, Mapping) and _is_complete(item):
            choices = item.get("choices")
            found.setdefault(
                item["name"],
                Declaration(
                    item["name"],
                    item.get("type") or TEXT,
                    item.get("default"),
                    str(item.get("description") or ""),
                    tuple(map(str, choices if isinstance(choices, list) else ())),
                ),
            )
    return found


def _is_complete(item: Mapping[str, Any]) -> bool:
    name, kind = item.get("name"), item.get("type") or TEXT
    return isinstance(name, str) and NAME.fullmatch(name) is not None and kind in TYPES


def marks(text: str) -> list[str]:
    """Return the names in the text's marks, in their order and each once."""
    names = (found[3] for found in _MARK.finditer(text) if found[1] != "\\")
    return list(dict.fromkeys(names))


def missing(declarations: Declarations, values: Values) -> list[str]:
    """Return the names of the variables that need a value and have none."""
    return [
        name
        for name, declaration in declarations.items()
        if declaration.default is None and values.get(name) is None
    ]


def undeclared(declarations: Declarations, values: Values) -> list[str]:
    """Return the names of values without a declaration."""
    return [name for name in values if name not in declarations]


def resolved(declarations: Declarations, values: Values) -> dict[str, Value]:
    """Return the value of each declared variable: the given one, or the default if it has one."""
    chosen = {
        name: declaration.default if values.get(name) is None else values[name]
        for name, declaration in declarations.items()
    }
    return {name: value for name, value in chosen.items() if value is not None}


def render(text: str, declarations: Declarations, values: Values) -> str:
    """Return the text with values and defaults in the place of marks, and names for files.

    Marks without a value stay.
    """
    known = resolved(declarations, values)
    return "".join(
        piece if isinstance(piece, str) else shown_name(piece)
        for piece in pieces(text, known, read_file=lambda file_id: f"({FILE} {file_id})")
    )


def pieces(
    text: str, values: Values, *, read_file: ReadFile, most: int | None = None
) -> list[Piece]:
    """Return the text with these values in the place of marks, cut where it has images.

    Files are replaced by what `read_file` returns. Raises :class:`TooLong` for a result of more
    than `most` characters.
    """
    if "{{" not in text or not values:
        return [text] if text else []
    found: list[Piece] = []
    written: list[str] = []
    length = 0
    for piece in _split(text, values, read_file):
        length += len(piece) if isinstance(piece, str) else 0
        # Before the pieces are joined: a long value in thousands of places would fill the memory.
        if most is not None and length > most:
            raise TooLong
        if isinstance(piece, str):
            written.append(piece)
            continue
        found += [*_joined(written), piece]
        written = []
    return found + _joined(written)


def _joined(written: list[str]) -> list[Piece]:
    text = "".join(written)
    return [text] if text else []


def _split(text: str, values: Values, read_file: ReadFile) -> Iterator[Piece]:
    at = 0
    # One pass over the template, so that marks within values stay.
    for found in _MARK.finditer(text):
        backslashes, mark, name = found.groups()
        if name not in values:
            continue
        yield text[at : found.start()]
        at = found.end()
        if backslashes == "\\":
            yield mark
            continue
        yield backslashes[:1]
        yield _piece_of(values[name], read_file)
    yield text[at:]


def _piece_of(value: Value, read_file: ReadFile) -> Piece:
    if not isinstance(value, Mapping):
        return text_of(value)
    return read_file(value[FILE]["file_id"]) if value.get("type") == FILE else value


def text_of(value: Value) -> str:
    """Return a value as the model reads it: texts unchanged, numbers and booleans as in JSON."""
    if isinstance(value, Mapping):
        return shown_name(value)
    return value if isinstance(value, str) else json.dumps(value)


def shown_name(part: Mapping[str, Any]) -> str:
    """Return what stands for an image or a file in a text."""
    kind = str(part.get("type"))
    source = part.get(kind) or {}
    return f"({kind.partition('_')[0]} {source.get('file_id') or source.get('url')})"


def file_ids(values: Mapping[str, Value | None]) -> list[str]:
    """Return the IDs of the files in these values."""
    parts = (value for value in values.values() if isinstance(value, Mapping))
    sources = (part.get(str(part.get("type"))) for part in parts)
    ids = (source.get("file_id") for source in sources if isinstance(source, Mapping))
    return [file_id for file_id in ids if isinstance(file_id, str)]
