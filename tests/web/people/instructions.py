"""Assistants with versions of their instructions."""

from assistants_app.models import Assistant
from assistants_app.services.assistants.requests import create_assistant, update_assistant
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from assistants_app.wire.validation import parse
from tests.cast import Cast


def assistant_with(cast: Cast, *texts: str) -> Assistant:
    """Return an assistant with a version for each text."""
    params = parse(AssistantCreateParams, {"model": "m", "name": "Tutor", "instructions": texts[0]})
    assistant = create_assistant(project=cast.project, params=params)
    for text in texts[1:]:
        changes = parse(AssistantModifyParams, {"instructions": text})
        update_assistant(project=cast.project, assistant_id=assistant.id, params=changes)
    return assistant
