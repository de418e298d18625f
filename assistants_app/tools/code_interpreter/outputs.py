"""The text, figures and files of a call: published as they arrive, and stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from assistants_app.domain.errors import ApiError
from assistants_app.events import publish
from assistants_app.models import File, Run
from assistants_app.sandbox.protocol import Execution, FileInfo, FileRefused, Output, SessionLost
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.hosts import limits, sandbox
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import (
    code_output_delta,
    code_result,
    image_output,
    logs_output,
    made_file,
)


class Outputs:
    """Appends a call's outputs to `kept` in their wire form, and publishes each of them."""

    def __init__(self, site: CallSite, kept: list[dict[str, Any]]) -> None:
        self._site = site
        self._kept = kept

    def add(self, output: Output) -> None:
        """Add an output of the session."""
        if output.kind == "image":
            self.add_image([output.data])
        elif output.kind == "display":
            self.write(output.text)
        else:
            self.add_logs(output.text)

    def write(self, text: str) -> None:
        """Add text that starts and ends its own line."""
        last = self._kept[-1].get("logs", "\n") if self._kept else "\n"
        self.add_logs(text if last.endswith("\n") else f"\n{text}")
        if not text.endswith("\n"):
            self.add_logs("\n")

    def add_logs(self, text: str) -> None:
        """Add text that code printed."""
        if not text:
            return
        # PostgreSQL does not store NUL.
        text = text.replace("\0", "\ufffd")
        if not self._kept or self._kept[-1]["type"] != "logs":
            self._kept.append(logs_output(""))
        self._kept[-1]["logs"] += text
        place, site = len(self._kept) - 1, self._site
        publish.more_of_step(
            site.run,
            site.step_id,
            (site.index, "output", place),
            text,
            lambda text: code_output_delta(site.index, place, logs_output(text)),
        )

    def add_image(self, data: Iterable[bytes]) -> None:
        """Store a figure, and add it."""
        site = self._site
        try:
            file = code_sessions.save_output_file(
                run=site.run, name="", filename="figure.png", chunks=data
            )
        except ApiError as error:
            self.write(f"Couldn't save a figure: {error.message}")
            return
        self._kept.append(image_output(file.id))
        grown = code_output_delta(site.index, len(self._kept) - 1, self._kept[-1])
        publish.publish(site.run.thread_id, [publish.step_grew(site.step_id, site.run.id, grown)])


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that code saved in /mnt/data. Without `file_id` it was not stored, for a `reason`."""

    name: str
    size: int
    file_id: str | None
    reason: str = ""


def keep_files(run: Run, execution: Execution, inputs: Mapping[str, File]) -> list[SavedFile]:
    """Store the files that the code saved in /mnt/data, as many as fit there."""
    # A file that the session got as an input, and that still has its content, is not the code's.
    made = [
        info
        for info in execution.changed_files
        if (given := inputs.get(info.name)) is None or given.sha256 != info.digest
    ]
    saved: list[SavedFile] = []
    room = limits().disk_bytes
    for info in made:
        saved.append(_keep_file(run, info, room))
        room -= info.size if saved[-1].file_id else 0
    return saved


def result_of(execution: Execution, files: Sequence[SavedFile]) -> dict[str, Any]:
    """Return the call's result on the wire."""
    return code_result(
        execution.ended,
        reason=execution.reason or "",
        seconds=execution.duration_seconds,
        files=[made_file(file.name, file.size, file.file_id, file.reason) for file in files],
    )


def _keep_file(run: Run, info: FileInfo, room: int) -> SavedFile:
    not_stored = partial(SavedFile, info.name, info.size, None)
    # Empty files are refused everywhere, as the vendor does.
    if not info.size:
        return not_stored("the file is empty")
    # A file with holes takes no memory in the session, but its whole size in the storage.
    if info.size > room:
        most = limits().disk_bytes >> 20
        return not_stored(f"the files of this call are larger than {most:,} MiB together")
    read = sandbox().read_file(run.thread_id, info.name)
    try:
        file = code_sessions.save_output_file(
            run=run,
            name=info.name,
            filename=info.name.rpartition("/")[2],
            chunks=_at_most(info.size, read),
            size=info.size,
        )
    except ApiError as error:
        return not_stored(error.message)
    except (SessionLost, FileRefused, OSError) as error:
        return not_stored(str(error))
    return SavedFile(info.name, info.size, file.id)


def _at_most(size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    # The session can forge a file's size.
    for chunk in chunks:
        size -= len(chunk)
        if size < 0:
            raise FileRefused("the file grew while it was read")
        yield chunk
