"""Archives (docx, xlsx, pptx, epub are ZIP files) that are looked at before they are unpacked."""

import posixpath
import zipfile
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from assistants_app.retrieval.extract.document import ExtractionError
from assistants_app.retrieval.extract.limits import MIB, Limits

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # old Office files, and new ones under a password


class Archive:
    """A ZIP file whose members' sizes are within the limits.

    A member that is longer than it says is cut there by :mod:`zipfile` and fails its checksum.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        """Raises :class:`ExtractionError` for no archive, one under a password, and a bomb."""
        with path.open("rb") as file:
            begin = file.read(len(OLE))
        if begin == OLE:
            raise ExtractionError(
                "invalid_file",
                "The file is protected by a password, or of an older format than its name says.",
            )
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise ExtractionError.damaged("The file", error) from error
        members = self._zip.infolist()
        _require_small(members, path.stat().st_size, limits)
        if any(member.flag_bits & 1 for member in members):
            raise ExtractionError("invalid_file", "The file is protected by a password.")
        self._names = {member.filename for member in members}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def open(self, name: str) -> IO[bytes]:
        """Raises :class:`ExtractionError` if there is no such member."""
        if name not in self._names:
            raise ExtractionError("invalid_file", f"The file is damaged: it has no {name}.")
        return self._zip.open(name)

    def names(self) -> list[str]:
        """In the archive's order."""
        return self._zip.namelist()


def _require_small(members: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits.archive_members:
        raise ExtractionError(
            "invalid_file", f"The file holds more than {limits.archive_members:,} parts."
        )
    if unpacked > limits.unpacked_bytes:
        raise ExtractionError(
            "invalid_file",
            f"Unpacked, the file would take {unpacked // MIB:,} MiB; "
            f"{limits.unpacked_bytes // MIB:,} are allowed.",
        )
    if unpacked > limits.ratio_free_bytes and unpacked > limits.unpacked_ratio * packed:
        raise ExtractionError(
            "invalid_file", f"The file unpacks to {unpacked // max(1, packed):,} times its size."
        )


def resolve(base: str, reference: str) -> str:
    """The member's name that `reference` means when it stands in the member `base`."""
    path = unquote(urlsplit(reference).path)
    if path.startswith("/"):
        return posixpath.normpath(path).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
