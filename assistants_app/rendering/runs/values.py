"""The values of a run's variables as its log and its trace show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistants_app.domain.configurations.variables import Value, file_ids, text_of
from assistants_app.models import Run
from assistants_app.rendering.tool_calls.pictures import file_url

SHOWN_CHARACTERS = 2000  # the run as JSON has the rest


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A variable's value. A file's is its name with the URL, or its ID and `is_deleted`."""

    name: str
    text: str
    is_cut: bool = False
    url: str = ""
    is_deleted: bool = False


def shown_values(run: Run, file_names: Mapping[str, str]) -> list[ShownValue]:
    """Return the values of the run's variables, with the names of files that still exist."""
    values: Mapping[str, Value] = run.variables or {}
    return [_shown(run, name, value, file_names) for name, value in values.items()]


def _shown(run: Run, name: str, value: Value, file_names: Mapping[str, str]) -> ShownValue:
    for file_id in file_ids({name: value}):
        if file_id not in file_names:
            return ShownValue(name, file_id, is_deleted=True)
        return ShownValue(name, file_names[file_id], url=file_url(run.project_id, file_id))
    text = text_of(value)
    return ShownValue(name, text[:SHOWN_CHARACTERS], is_cut=len(text) > SHOWN_CHARACTERS)
