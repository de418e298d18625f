"""What the model is told of a call."""

from collections.abc import Mapping
from typing import Any

from assistants_app import conf
from assistants_app.sandbox.protocol import Execution

LOST = (
    "[A new session was begun: variables and files of earlier calls are gone. The files of the "
    "user are there again.]"
)


def words_for_model(
    execution: Execution,
    outputs: list[dict[str, Any]],
    files: Mapping[str, str],
    *,
    session_lost: bool,
) -> str:
    """Outputs and files in words. `files`: for each name an id, or why the file was not kept."""
    lines = [LOST] if session_lost else []
    for output in outputs:
        if output["type"] == "logs":
            lines.append(_bounded(output["logs"].rstrip("\n")))
        else:
            lines.append("[A figure was drawn and is shown to the user.]")
    for name, kept in files.items():
        if kept.startswith("file-"):
            lines.append(f"[Saved: sandbox:/mnt/data/{name}]")
        else:
            lines.append(f"[/mnt/data/{name} cannot be given to the user: {kept}]")
    if execution.ended == "killed":
        lines.append("[The session ended with this call: its variables and files are gone.]")
    return "\n".join(lines) or "[The code ran and wrote nothing.]"


def _bounded(text: str) -> str:
    """The beginning and the end of a long text: errors stand at the end."""
    most = conf.CODE_OUTPUT_CHARACTERS
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
