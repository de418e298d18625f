"""What code writes, draws and saves: to the log as it comes, and kept."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from assistants_app.domain.errors import ApiError
from assistants_app.events import publish
from assistants_app.models import File, Run
from assistants_app.queries.connections import release_connection
from assistants_app.sandbox.protocol import Execution, FileInfo, FileRefused, Output, SessionLost
from assistants_app.services.runs import code_sessions
from assistants_app.tools.code_interpreter.hosts import sandbox
from assistants_app.tools.tool import CallSite
from assistants_app.wire.runs.steps import (
    code_output_delta,
    code_result,
    image_output,
    logs_output,
    made_file,
)


class Outputs:
    """Puts a call's outputs into `kept`, as they stand on the wire, and publishes each."""

    def __init__(self, site: CallSite, kept: list[dict[str, Any]]) -> None:
        self._site = site
        self._kept = kept

    def take(self, output: Output) -> None:
        """One output of the session."""
        if output.kind == "image":
            self._image(output.data)
        elif output.kind == "display":
            self.write(output.text)
        else:
            self._logs(output.text)

    def write(self, text: str) -> None:
        """A text of its own lines."""
        last = self._kept[-1].get("logs", "\n") if self._kept else "\n"
        self._logs(text if last.endswith("\n") else f"\n{text}")
        if not text.endswith("\n"):
            self._logs("\n")

    def _logs(self, text: str) -> None:
        if not text:
            return
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

    def _image(self, data: bytes) -> None:
        site = self._site
        try:
            file = code_sessions.save_output_file(
                run=site.run, name="", filename="figure.png", chunks=[data]
            )
        except ApiError as error:
            self.write(f"A figure could not be kept: {error.message}")
            return
        finally:
            release_connection()
        self._kept.append(image_output(file.id))
        grown = code_output_delta(site.index, len(self._kept) - 1, self._kept[-1])
        publish.publish(site.run.thread_id, [publish.step_grew(site.step_id, site.run.id, grown)])


def keep_files(run: Run, execution: Execution, inputs: Mapping[str, File]) -> dict[str, str]:
    """Keep what the code saved in /mnt/data; for each name the file's id, or why there is none."""
    found: dict[str, str] = {}
    for info in execution.changed_files:
        given = inputs.get(info.name)
        if given is None or given.sha256 != info.digest:
            found[info.name] = _keep(run, info)
    return found


def result_of(execution: Execution, files: Mapping[str, str]) -> dict[str, Any]:
    """How it went, with the files that it left behind (as `keep_files` tells of them)."""
    sizes = {info.name: info.size for info in execution.changed_files}
    made = [
        made_file(name, sizes[name], kept)
        if kept.startswith("file-")
        else made_file(name, sizes[name], None, kept)
        for name, kept in files.items()
    ]
    return code_result(
        execution.ended,
        reason=execution.reason or "",
        seconds=execution.duration_seconds,
        files=made,
    )


def _keep(run: Run, info: FileInfo) -> str:
    read = partial(sandbox().read_file, run.thread_id, info.name)
    if not info.size:
        return "it is empty, so it was not kept"
    try:
        file = code_sessions.save_output_file(
            run=run, name=info.name, filename=info.name.rpartition("/")[2], chunks=read()
        )
    except ApiError as error:
        return error.message
    except (SessionLost, FileRefused, OSError) as error:
        return str(error)
    return file.id
