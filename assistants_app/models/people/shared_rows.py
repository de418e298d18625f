"""Rows from which a share link's snapshot is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistants_app.models.files import File
from assistants_app.models.runs import Run, RunStep
from assistants_app.models.threads import Message


@dataclass(frozen=True, slots=True)
class SharedRows:
    """What a link shows, before anything is hidden.

    `rows`: messages and the tool calls between them, in their order. `runs`: the runs behind them,
    oldest first. `authors`: names of assistants by ID. `files`: the files that are used there, by
    ID. `file_names`: all names that may occur in the texts.
    """

    rows: Sequence[Message | RunStep]
    runs: Sequence[Run]
    authors: Mapping[str, str]
    files: Mapping[str, File]
    file_names: Sequence[str]
