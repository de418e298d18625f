"""Make the settings of a column a person's draft, and bring back the draft before."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import AssistantDraft, ComparisonColumn, Project, ReplacedDraft, Run
from assistants_app.queries.compare.comparisons import see_comparison
from assistants_app.services.act import act
from assistants_app.services.assistants.drafts import is_same_draft, put_draft, take_settings
from assistants_app.services.locks import lock_assistant

KEEP = timedelta(days=1)  # how long the draft before can be brought back


@act()
def keep_column(*, project: Project, comparison_id: str, column_key: str, user: User) -> list[str]:
    """Make the column's settings the user's draft of its assistant, and keep the draft before.

    Return the IDs of files and vector stores that were left out because they don't exist any more.
    Raises :class:`NotFound` without the assistant, and :class:`InvalidRequest` while the names are
    hidden from the user.
    """
    seen = see_comparison(project, comparison_id, user)
    column = seen.column(column_key).column
    if seen.masked:
        raise InvalidRequest("Vote first. Until then, the names of this comparison are hidden.")
    assistant = lock_assistant(project, assistant_of(column))
    drafts = AssistantDraft.objects.filter(assistant=assistant, user=user)
    old = drafts.first()
    gone = take_settings(assistant, user, run_of(column), variables_of(column))
    _forget_old(user)
    if is_same_draft(old, drafts.first()):
        # Nothing was replaced. After a second click, the draft of the first one isn't what to bring
        # back.
        return gone
    ReplacedDraft.objects.create(
        comparison=seen.comparison,
        user=user,
        assistant_id=assistant.id,
        base_number=old.base_number if old else assistant.version_number,
        changes=old.changes if old else {},
    )
    return gone


def assistant_of(column: ComparisonColumn) -> str:
    """Return the ID of the column's assistant. Raises :class:`NotFound` for a model alone."""
    assistant_id = FrozenConfiguration.from_json(column.configuration).assistant_id
    if not assistant_id:
        raise NotFound("assistant of column", column.key)
    return assistant_id


def run_of(column: ComparisonColumn) -> Run:
    """Return a run with the column's settings, which isn't stored."""
    return Run(**FrozenConfiguration.from_json(column.configuration).values)


def variables_of(column: ComparisonColumn) -> list[Any] | None:
    """Return the declarations of the column's variables, or None if it may have none of its own."""
    # Columns that repeat a run have the run's values in place of declarations.
    if column.comparison.source_run_id:
        return None
    return FrozenConfiguration.from_json(column.configuration).declarations


@act()
def bring_draft_back(*, project: Project, comparison_id: str, user: User) -> str:
    """Bring back the draft that the user replaced last from this comparison, within a day.

    Return the ID of its assistant. Raises :class:`NotFound` if there is none.
    """
    replaced = last_replaced(project, comparison_id, user)
    if replaced is None:
        raise NotFound("replaced draft of comparison", comparison_id)
    assistant = lock_assistant(project, replaced.assistant_id)
    put_draft(assistant, user, replaced.base_number, replaced.changes)
    replaced.delete()
    return assistant.id


def last_replaced(project: Project, comparison_id: str, user: User) -> ReplacedDraft | None:
    """Return the draft that the user replaced last from this comparison, or None after a day."""
    rows = ReplacedDraft.objects.filter(
        comparison__project=project, comparison_id=comparison_id, user=user
    )
    return rows.filter(replaced_at__gt=timezone.now() - KEEP).order_by("-replaced_at").first()


def _forget_old(user: User) -> None:
    rows = ReplacedDraft.objects.filter(user=user)
    rows.filter(replaced_at__lte=timezone.now() - KEEP).delete()
