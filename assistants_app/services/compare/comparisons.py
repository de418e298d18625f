"""Create, rename, reveal and delete comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits, run_status
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.tapes.policy import Policy
from assistants_app.events import publish
from assistants_app.models import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    Project,
    Thread,
)
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.runs.runs import get_run_of_project
from assistants_app.queries.runs.tapes import get_tape, runs_to_record
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.compare.columns import (
    ColumnChoice,
    fitting_values,
    freeze_column,
    frozen_of_run,
)
from assistants_app.services.money.checks import require_means
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.runs.configuration import Requester
from assistants_app.services.runs.frozen import insert_frozen_run
from assistants_app.services.runs.room import require_room_for_runs
from assistants_app.services.runs.tapes import (
    Recording,
    copy_calls,
    insert_tape,
    remove_unnamed_tapes,
)
from assistants_app.services.space import require_space
from assistants_app.services.threads.copies import fork_before_run, fork_with_run
from assistants_app.services.threads.requests import remove_thread

REQUESTER = Requester(origin=COMPARE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How columns are compared: with their names hidden, and how often each answers."""

    blind: bool = False
    repeats: int = 1
    title: str = ""


PLAIN = Manner()


@act(require_space)
def create_comparison(
    *,
    project: Project,
    user: User,
    columns: Sequence[ColumnChoice],
    manner: Manner = PLAIN,
    tape_id: str = "",
) -> Comparison:
    """Create a comparison of these columns, which nobody has asked anything yet.

    Their calls are answered from the tape, if there is one. Raises :class:`NotFound` without the
    tape, an assistant, a version or a file, and :class:`InvalidRequest`
    for settings that a run can't have. Its `param` begins with the column, as in
    ``columns[1].temperature``.
    """
    _check(len(columns), manner)
    frozen = [freeze_column(project, place, choice) for place, choice in enumerate(columns)]
    tape = get_tape(project, tape_id) if tape_id else None
    comparison = _insert(project, user, manner, tape=tape)
    added = _insert_columns(comparison, frozen)
    _insert_lanes(comparison, added)
    return comparison


def compare_run(
    *,
    project: Project,
    user: User,
    run_id: str,
    columns: Sequence[ColumnChoice],
    manner: Manner = PLAIN,
    policy: Policy | None = None,
) -> Comparison:
    """Compare a run that was there before with others from the same place in its thread.

    Its own column is the first. The others begin to answer at once. With a `policy`, calls are
    answered from a tape of the run and of those after it in its thread. Raises like
    :func:`create_comparison`, :class:`NotFound` without the run, :class:`InvalidRequest` while it
    is active, and :class:`ApiError` without room for all runs.
    """
    run = get_run_of_project(project, run_id)
    # Before the transaction: bytes of files are stored before their rows.
    recording = copy_calls(project, runs_to_record(run) or [run_id]) if policy else None
    try:
        return _compare_run(
            project=project,
            user=user,
            run_id=run_id,
            columns=columns,
            manner=manner,
            recording=recording,
            policy=policy or Policy(),
        )
    except BaseException:
        if recording:
            recording.discard()
        raise


@act(require_space, require_means)
def _compare_run(
    *,
    project: Project,
    user: User,
    run_id: str,
    columns: Sequence[ColumnChoice],
    manner: Manner,
    recording: Recording | None,
    policy: Policy,
) -> Comparison:
    run = get_run_of_project(project, run_id)
    if run.status not in run_status.TERMINAL:
        raise InvalidRequest("This run hasn't ended yet. Compare it when it has.", param="run")
    _check(1 + len(columns), manner)
    require_room_for_runs(project, len(columns) * manner.repeats)
    frozen = [freeze_column(project, place, choice, run) for place, choice in enumerate(columns, 1)]
    tape = None
    if recording and recording.calls:
        tape = insert_tape(project, recording, policy)
    comparison = _insert(project, user, manner, source_run_id=run.id, tape=tape)
    [own, *added] = _insert_columns(comparison, [frozen_of_run(run), *frozen], recorded=0)
    lanes = [ComparisonLane(column=own, number=1)]
    lanes += [
        ComparisonLane(column=column, number=number)
        for column in added
        for number in range(1, comparison.repeats + 1)
    ]
    # In no order that says which thread is whose.
    SystemRandom().shuffle(lanes)
    for lane in lanes:
        fork = fork_with_run if lane.column == own else fork_before_run
        thread = fork(run, COMPARE)
        lane.thread_id = thread.id
        if lane.column != own:
            chosen = FrozenConfiguration.from_json(lane.column.configuration)
            values = fitting_values(chosen, run.variables or {})
            insert_frozen_run(project, thread, chosen, REQUESTER, variables=values, tape=tape)
    ComparisonLane.objects.bulk_create(lanes)
    return comparison


def _check(columns: int, manner: Manner) -> None:
    least, most = limits.COMPARISON_COLUMNS_MIN, limits.COMPARISON_COLUMNS
    if not least <= columns <= most:
        raise InvalidRequest(
            f"A comparison has {least} to {most} columns, and this one has {columns}.",
            param="columns",
        )
    if not 1 <= manner.repeats <= limits.COMPARISON_REPEATS:
        raise InvalidRequest(
            f"A column can answer 1 to {limits.COMPARISON_REPEATS} times.", param="repeats"
        )
    _check_title(manner.title)


def _check_title(title: str) -> None:
    if len(title) > limits.COMPARISON_TITLE:
        raise InvalidRequest(
            f"A title can have up to {limits.COMPARISON_TITLE} characters. This one has "
            f"{len(title)}.",
            param="title",
        )


def _insert(project: Project, user: User, manner: Manner, **columns: Any) -> Comparison:
    return Comparison.objects.create(
        project=project,
        author=user,
        title=manner.title,
        blind=manner.blind,
        repeats=manner.repeats,
        **columns,
    )


def _insert_columns(
    comparison: Comparison, frozen: Sequence[FrozenConfiguration], *, recorded: int | None = None
) -> list[ComparisonColumn]:
    ids = {one.assistant_id for one in frozen if one.assistant_id}
    names = last_names_of_assistants(comparison.project, ids)
    return ComparisonColumn.objects.bulk_create(
        ComparisonColumn(
            comparison=comparison,
            position=position,
            name=names[one.assistant_id].name if one.assistant_id else "",
            configuration=one.as_json(),
            digest=one.digest,
            recorded=position == recorded,
        )
        for position, one in enumerate(frozen)
    )


def _insert_lanes(comparison: Comparison, columns: Sequence[ComparisonColumn]) -> None:
    places = [(column, number) for column in columns for number in range(1, comparison.repeats + 1)]
    # In no order that says which thread is whose.
    SystemRandom().shuffle(places)
    lanes = []
    for column, number in places:
        thread = Thread.objects.create(project=comparison.project, origin=COMPARE)
        publish_on_commit(thread.id, [publish.thread_created(thread)])
        lanes.append(ComparisonLane(column=column, number=number, thread_id=thread.id))
    ComparisonLane.objects.bulk_create(lanes)


def lock_comparison(project: Project, comparison_id: str) -> Comparison:
    """Lock the comparison. Raises :class:`NotFound`."""
    rows = Comparison.objects.select_for_update(no_key=True)
    comparison = rows.filter(project=project, pk=comparison_id).first()
    if comparison is None:
        raise NotFound("comparison", comparison_id)
    return comparison


@act()
def rename_comparison(*, project: Project, comparison_id: str, title: str) -> Comparison:
    """Change the title. Raises :class:`NotFound`, and :class:`InvalidRequest` for a long title."""
    _check_title(title)
    comparison = lock_comparison(project, comparison_id)
    comparison.title = title
    comparison.save(update_fields=["title"])
    return comparison


@act()
def reveal_comparison(*, project: Project, comparison_id: str) -> Comparison:
    """Show the names to everybody, and to API keys. No more votes are counted.

    Raises :class:`NotFound`, and :class:`InvalidRequest` if they weren't hidden.
    """
    comparison = lock_comparison(project, comparison_id)
    if not comparison.blind or comparison.revealed_at:
        raise InvalidRequest("The names of this comparison aren't hidden.")
    comparison.revealed_at = timezone.now()
    comparison.save(update_fields=["revealed_at"])
    _note("reveal_comparison", comparison)
    return comparison


@act()
def delete_comparison(*, project: Project, comparison_id: str) -> None:
    """Delete the comparison with its threads and votes. Raises :class:`NotFound`."""
    comparison = lock_comparison(project, comparison_id)
    lanes = ComparisonLane.objects.filter(column__comparison=comparison)
    # In one order, so that no two requests wait for each other.
    for thread_id in lanes.order_by("thread_id").values_list("thread_id", flat=True):
        remove_thread(project, thread_id)
    _note("delete_comparison", comparison)
    tape_id = comparison.tape_id
    comparison.delete()
    if tape_id:
        remove_unnamed_tapes([tape_id])


def _note(verb: str, comparison: Comparison) -> None:
    note(
        verb,
        project=comparison.project,
        target_type="comparison",
        target_id=comparison.id,
        target_name=comparison.title,
    )
