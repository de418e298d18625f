"""The files of a message that is written on the page. Each has a use: a tool, or to be seen."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.tools import CODE_INTERPRETER
from assistants_app.models import File, Project
from assistants_app.queries.files.files import files_by_id
from assistants_app.web.file_bytes import IMAGE, is_image_for_model
from assistants_app.wire.threads.messages import attachment, image_part


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file's chip: its use, and whether the model could see it as an image."""

    file: File
    tool: str
    image: bool


def message_of_form(form: QueryDict) -> dict[str, Any]:
    """Return the body of a request that adds the message of this form.

    Raises :class:`InvalidRequest` if it has neither text nor images.
    """
    text = form.get("content", "").replace("\r\n", "\n")
    uses = {file_id: _use_of(form, file_id) for file_id in form.getlist("file")}
    images = [image_part(file_id) for file_id, use in uses.items() if use == IMAGE]
    if not text.strip() and not images:
        raise InvalidRequest(_("Enter a message."), param="content")
    parts = [{"type": "text", "text": text}] if text.strip() else []
    return {
        "role": form.get("role", "user"),
        "content": [*parts, *images] if images else text,
        "attachments": [attachment(file_id, use) for file_id, use in uses.items() if use != IMAGE],
    }


def files_of_form(form: QueryDict, project: Project) -> list[HeldFile]:
    """Return the files of a refused message."""
    files = files_by_id(project.id, form.getlist("file")).values()
    return [HeldFile(file, _use_of(form, file.id), is_image_for_model(file)) for file in files]


def _use_of(form: QueryDict, file_id: str) -> str:
    return form.get(f"tool-{file_id}", CODE_INTERPRETER)
