"""Names of files below /mnt/data."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath

from assistants_app.models import File
from assistants_app.sandbox.protocol import InputFile
from assistants_app.storage.byte_store import byte_store

LONGEST = 200  # characters; with an id before it still a name that every file system takes
_UNFIT = re.compile(r"[\0-\x1f/\\\x7f]+")


def names_in_session(files: Iterable[File]) -> dict[str, File]:
    """The files by a name for each: their own if it can be one, with the id before it if another
    file has that name too.
    """
    named: dict[str, File] = {}
    for file in files:
        name = _fit(file.filename)
        named[name if name and name not in named else f"{file.id}-{name}"] = file
    return named


def input_file(name: str, file: File) -> InputFile:
    """A file of the project as a session takes it in."""
    return InputFile(name, file.bytes, file.sha256, partial(byte_store().read, file.id))


def _fit(filename: str) -> str:
    """The last part of a path, without what no file may be called. Too long: its middle goes."""
    name = _UNFIT.sub("_", PurePosixPath(filename.replace("\\", "/")).name).strip(" .")
    while len(name.encode()) > LONGEST:
        middle = len(name) // 2
        name = name[: middle - 1] + name[middle + 1 :]
    return name
