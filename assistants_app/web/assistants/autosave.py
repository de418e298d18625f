"""Save the configuration form as the user's draft, which other tabs may change as well."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from assistants_app.domain.errors import Conflict
from assistants_app.models import Assistant, Project
from assistants_app.queries.assistants.assistants import get_assistant
from assistants_app.queries.assistants.versions import find_draft
from assistants_app.rendering.text.diffs import FieldDiff, configuration_diff
from assistants_app.services.assistants import drafts as services
from assistants_app.services.assistants.configurations import (
    base_configuration,
    draft_configuration,
    revision_of,
)
from assistants_app.services.assistants.drafts import SavedDraft
from assistants_app.web.assistants.form import AssistantForm, draft_changes, form_from, form_of
from assistants_app.web.assistants.shared_form import (
    PART_NAMES,
    changed_elsewhere,
    overlaid,
    parts_seen_by,
    seen_parts,
    touched_parts,
)
from assistants_app.wire.assistants.configurations import Configuration

ATTEMPTS = 5  # each is lost only to another save that succeeds at the same moment


class ChangedElsewhere(Exception):
    """Raised when parts that the page wants to save were changed since it saw them."""

    def __init__(self, parts: list[str], fields: list[FieldDiff]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts
        self.names = [PART_NAMES[part] for part in parts]
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Edit:
    """A form that a page sent, on top of the draft as it is now.

    `form` has the sent values of the parts in `touched`, and the present ones of the others.
    """

    form: AssistantForm
    touched: list[str]
    assistant: Assistant
    revision: str
    present: Configuration
    changes: dict[str, Any]
    wanted: Configuration

    @property
    def is_saved(self) -> bool:
        """Whether the draft already has everything that the form wants."""
        there, here = seen_parts(self.present), seen_parts(self.wanted)
        return all(there[part] == here[part] for part in self.touched)


def edit_of(project: Project, assistant_id: str, user: User, data: QueryDict) -> Edit:
    """Return the edit that `data` describes. Raises :class:`NotFound`."""
    assistant = get_assistant(project, assistant_id)
    mine = find_draft(project, assistant_id, user)
    # The draft contains only changes to its base, so that a rebase keeps newer fields of others.
    base = base_configuration(assistant, mine.base_number if mine else assistant.version_number)
    present = draft_configuration(assistant, mine) if mine else base
    shown = Assistant(**present)
    touched = touched_parts(data)
    form = overlaid(form_from(data), form_of(shown), touched)
    changes = draft_changes(form, shown, Assistant(**base))
    revision = revision_of(assistant, mine)
    return Edit(form, touched, assistant, revision, present, changes, {**base, **changes})


def save(
    project: Project, assistant_id: str, user: User, data: QueryDict
) -> tuple[AssistantForm, SavedDraft]:
    """Save the touched parts of a form. With ``keep``, they replace changes made elsewhere.

    Raises :class:`ChangedElsewhere`, and the errors of :func:`services.save_draft`.
    """
    attempt = 0
    while True:
        attempt += 1
        edit = edit_of(project, assistant_id, user, data)
        if not data.get("keep"):
            _check(edit, parts_seen_by(data))
        try:
            saved = services.save_draft(
                project=project,
                assistant_id=assistant_id,
                user=user,
                changes=edit.changes,
                revision=edit.revision,
            )
        except Conflict:
            # Another tab has saved since the draft was read. Its changes may be in other parts.
            if attempt == ATTEMPTS:
                raise
        else:
            return edit.form, saved


def _check(edit: Edit, seen: dict[str, str]) -> None:
    parts = changed_elsewhere(edit.touched, seen, present=edit.present, wanted=edit.wanted)
    if parts:
        raise ChangedElsewhere(parts, configuration_diff(edit.present, edit.wanted))
