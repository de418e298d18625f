"""The text of files that are values of variables."""

import tempfile
from collections import OrderedDict
from threading import Lock

from assistants_app.domain import limits
from assistants_app.domain.errors import RunFailure
from assistants_app.hop import takes_long
from assistants_app.models import File
from assistants_app.queries.files.files import files_by_id
from assistants_app.retrieval.extract import ExtractionError, extract_file
from assistants_app.storage.byte_store import BytesMissing, byte_store

# For the model, in the file's place.
DELETED = "(A file was here. It was deleted.)"
CUT = "(The rest of the file is left out.)"
COUNTED_BYTES = 20_000_000  # a page doesn't wait for larger files to be read
KEPT = 16  # texts; each turn of a run and each run of an experiment needs them again


class _Texts:
    # Texts by the IDs of their files, whose bytes never change. The last ones are kept.
    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def find(self, file_id: str) -> str | None:
        with self._lock:
            if file_id in self._texts:
                self._texts.move_to_end(file_id)
            return self._texts.get(file_id)

    def keep(self, file_id: str, text: str) -> None:
        with self._lock:
            self._texts[file_id] = text
            while len(self._texts) > KEPT:
                self._texts.popitem(last=False)


_texts = _Texts()


def text_of_file(project_id: str, file_id: str) -> str:
    """Return the file's text under its name, or a sentence if the file was deleted.

    Raises :class:`RunFailure` for a file without text, and if the storage is unavailable.
    """
    takes_long()
    # Before the kept text: others must not see it after the file is deleted.
    file = files_by_id(project_id, [file_id]).get(file_id)
    if file is None:
        return DELETED
    text = _texts.find(file_id)
    if text is None:
        try:
            text = _read(file)
        except BytesMissing:
            return DELETED
        _texts.keep(file_id, text)
    return f"[File: {file.filename}]\n{text}\n[End of {file.filename}]"


def text_to_count(project_id: str, file_id: str) -> str:
    """Return what :func:`text_of_file` does, or the file's name if it is too large to be read for
    a page, or if it can't be read.
    """
    file = files_by_id(project_id, [file_id]).get(file_id)
    if file and file.bytes > COUNTED_BYTES and _texts.find(file_id) is None:
        return f"[File: {file.filename}]"
    try:
        return text_of_file(project_id, file_id)
    except RunFailure:
        return f"[File: {file_id}]"


def _read(file: File) -> str:
    try:
        with tempfile.NamedTemporaryFile(prefix="variable-") as copy:
            for chunk in byte_store().read(file.id):
                copy.write(chunk)
            copy.flush()
            text = extract_file(copy.name, file.filename, content_type=file.mime_type).text
    except BytesMissing:
        raise
    except ExtractionError as error:
        raise RunFailure(
            "server_error" if error.code == "server_error" else "invalid_prompt",
            f"The file {file.id} ({file.filename}), the value of a variable, can't be read: "
            f"{error.message} Choose another file.",
        ) from error
    except OSError as error:
        raise RunFailure("server_error", f"The file storage is unavailable: {error}") from error
    most = limits.MESSAGE_TEXT
    return text if len(text) <= most else f"{text[:most]}\n{CUT}"
