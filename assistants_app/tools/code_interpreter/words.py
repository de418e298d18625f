"""The text that the model is shown of a call."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistants_app import conf

LOST = (
    "[A new session started: variables and files from earlier calls are gone. The user's files "
    "are available again.]"
)
# Added to the last result that a fork has from the thread that it was forked from.
IN_OTHER_THREAD = (
    "[This session has ended. The next call starts a new one, without its variables. Files that "
    "were saved for the user are available again.]"
)


def words_for_model(
    outputs: Sequence[Mapping[str, Any]], result: Mapping[str, Any], *, session_lost: bool = False
) -> str:
    """Return outputs and files in words. `result` is the call's `RESULT`."""
    lines = [LOST] if session_lost else []
    for output in outputs:
        if output["type"] == "logs":
            lines.append(_shorten(output["logs"].rstrip("\n")))
        else:
            lines.append("[A figure was drawn and is shown to the user.]")
    for file in result["files"]:
        if file["file_id"]:
            lines.append(f"[Saved: sandbox:/mnt/data/{file['name']}]")
        else:
            lines.append(f"[/mnt/data/{file['name']} can't be given to the user: {file['reason']}]")
    if result["ended"] == "killed":
        lines.append("[The session ended with this call: its variables and files are gone.]")
    return "\n".join(lines) or "[The code ran and wrote nothing.]"


def _shorten(text: str) -> str:
    # The middle is left out, because errors are at the end.
    most = conf.CODE_OUTPUT_CHARACTERS
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
