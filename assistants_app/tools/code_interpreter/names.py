"""The names of the user's files in /mnt/data."""

import re
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

    If two files have the same name, the second one gets its id in front.
    """
    named: dict[str, File] = {}
    for file in files:
        name = _valid_name(file.filename)
        named[name if name and name not in named else f"{file.id}-{name}"] = file
    return named


def input_file(name: str, file: File) -> InputFile:
    """Return a file of the project as an input for a session."""
    return InputFile(name, file.bytes, file.sha256, partial(byte_store().read, file.id))


def _valid_name(filename: str) -> str:
    # Browsers and clients may send a whole path, also one of Windows.
    name = _INVALID.sub("_", PurePosixPath(filename.replace("\\", "/")).name).strip(" .")
    # A name that is too long loses its middle: its end has the file's type.
    while len(name.encode()) > LONGEST:
        middle = len(name) // 2
        name = name[: middle - 1] + name[middle + 1 :]
    return name
