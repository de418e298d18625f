"""ZIP archives (docx, xlsx, pptx and epub files), checked before anything is unpacked."""

import os
import posixpath
import zipfile
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import unquote, urlsplit

from assistants_app.retrieval.extract.document import PASSWORD_PROTECTED, ExtractionError
from assistants_app.retrieval.extract.limits import MIB, Limits

# Old Office files begin with these bytes, and so do new ones with a password: Office puts the
# encrypted ZIP file into a file of the old format.
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


class Archive:
    """A ZIP file whose unpacked size is within the limits."""

    def __init__(self, source: Path | BinaryIO, limits: Limits) -> None:
        """Open the archive, which may be a member of another one.

        Raises :class:`ExtractionError` if the file is damaged, password-protected or too large
        when unpacked.
        """
        file = source.open("rb") if isinstance(source, Path) else source
        start = file.read(len(OLE))
        size = file.seek(0, os.SEEK_END)
        if start == OLE:
            raise ExtractionError(
                "invalid_file",
                "The file is password-protected or has an older format than its extension says. "
                "Save it without a password in the format of its extension.",
            )
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise ExtractionError.damaged("The file", error) from error
        # The sizes in the directory can be trusted: a member that is longer than its entry says is
        # cut there by zipfile, and then fails its checksum.
        members = self._zip.infolist()
        _require_small(members, size, limits)
        if any(member.flag_bits & 1 for member in members):
            raise ExtractionError("invalid_file", PASSWORD_PROTECTED)
        self._names = {member.filename for member in members}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def open(self, name: str) -> IO[bytes]:
        """Open a member for reading. Raises :class:`ExtractionError` if it is missing."""
        if name not in self._names:
            raise ExtractionError("invalid_file", f"The file is damaged: {name} is missing.")
        return self._zip.open(name)

    def names(self) -> list[str]:
        """Return the members' names in the archive's order."""
        return self._zip.namelist()


def _require_small(members: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    if len(members) > limits.archive_members:
        raise ExtractionError(
            "invalid_file", f"The file has more than {limits.archive_members:,} parts."
        )
    if unpacked > limits.unpacked_bytes:
        raise ExtractionError(
            "invalid_file",
            f"The file unpacks to {unpacked // MIB:,} MiB. "
            f"The limit is {limits.unpacked_bytes // MIB:,} MiB.",
        )
    if unpacked > limits.ratio_free_bytes and unpacked > limits.unpacked_ratio * packed:
        raise ExtractionError(
            "invalid_file",
            f"The file unpacks to {unpacked // max(1, packed):,} times its size. "
            f"The limit is {limits.unpacked_ratio:,} times.",
        )


def resolve(base: str, reference: str) -> str:
    """Return the name of the member that `reference` points to from the member `base`."""
    path = unquote(urlsplit(reference).path)
    if path.startswith("/"):
        return posixpath.normpath(path).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
