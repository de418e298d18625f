"""The names of the user's files in /mnt/data."""

import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath

from assistants_app.models import File
from assistants_app.sandbox.protocol import InputFile
from assistants_app.storage.byte_store import byte_store

LONGEST = 200  # bytes; with an id in front still a name that every file system accepts
_INVALID = re.compile(r"[\0-\x1f/\\\x7f]+")


def names_in_session(files: Iterable[File]) -> dict[str, File]:
    """Return the files by their names in the session, which are valid and unique.

    `files` are in the order in which they were attached. Of those with the same name, the last one
    has it, and the others have their ids in front.
    """
    files = list(files)
    newest = {_valid_name(file.filename): file.id for file in files}
    return {
        name if name and newest[name] == file.id else f"{file.id}-{name}": file
        for file in files
        for name in [_valid_name(file.filename)]
    }


def described(named: dict[str, File]) -> list[str]:
    """Return the names for the model, with a note at each file whose name a newer one has."""
    return [
        f"{name} (an older {original})"
        if (original := _valid_name(file.filename)) != name and original in named
        else name
        for name, file in named.items()
    ]


def input_file(name: str, file: File) -> InputFile:
    """Return a file of the project as an input for a session."""
    return InputFile(name, file.bytes, file.sha256, partial(byte_store().read, file.id))


def _valid_name(filename: str) -> str:
    # Browsers and clients may send a whole path, also one of Windows. Macs send names with their
    # accents as characters of their own, which code that a model writes would not find.
    filename = unicodedata.normalize("NFC", filename)
    name = _INVALID.sub("_", PurePosixPath(filename.replace("\\", "/")).name).strip(" .")
    # A name that is too long loses its middle: its end has the file's type.
    while len(name.encode()) > LONGEST:
        middle = len(name) // 2
        name = name[: middle - 1] + name[middle + 1 :]
    return name
