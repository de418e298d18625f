"""Figures that a run's code drew, for the run's next message."""

from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.models import Run
from assistants_app.queries.runs.runs import steps_of_runs
from assistants_app.queries.threads.threads import messages_of_run
from assistants_app.wire.runs.steps import TOOL_CALLS


def figures_to_show(run: Run) -> list[str]:
    """Return the ids of figures that no message of the run has shown yet, oldest first."""
    # A run that has not called its model has drawn nothing, which saves two queries.
    if not run.usage or not any(tool["type"] == CODE_INTERPRETER for tool in run.tools):
        return []
    drawn = [
        output["image"]["file_id"]
        for step in steps_of_runs({run.id})
        if step.type == TOOL_CALLS
        for call in step.step_details["tool_calls"]
        if call["type"] == CODE_INTERPRETER
        for output in call[CODE_INTERPRETER]["outputs"]
        if output["type"] == "image"
    ]
    if not drawn:
        return []
    shown = {
        part["image_file"]["file_id"]
        for message in messages_of_run(run.id)
        for part in message.content
        if part["type"] == "image_file"
    }
    return [file_id for file_id in drawn if file_id not in shown]
