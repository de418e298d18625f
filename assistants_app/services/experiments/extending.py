"""Add rows and repeats to an experiment that has begun, and record it for the verdict."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import F, Max
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.experiments import states
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentRow,
    Project,
    TestSet,
    TestSetVersion,
)
from assistants_app.queries.experiments.experiments import variants_of
from assistants_app.queries.test_sets.sets import rows_of_version
from assistants_app.services.act import act
from assistants_app.services.experiments.adding import insert_cells
from assistants_app.services.experiments.creating import copy_rows
from assistants_app.services.experiments.lifecycle import let_run, lock_experiment
from assistants_app.services.experiments.payers import charge_caller
from assistants_app.services.locks import lock_test_set
from assistants_app.services.money.checks import require_means
from assistants_app.services.space import require_space
from assistants_app.services.test_sets.sets import fix_version


@act(require_space, require_means)
def extend_experiment(
    *,
    project: Project,
    experiment_id: str,
    user: User | None,
    repeats: int = 0,
    new_rows: bool = False,
) -> Experiment:
    """Let each row be repeated more often, or add the rows that the test set has got since.

    An experiment that is done runs again. Its verdict says that it was extended, and asks for more
    certainty if results were there to look at (`docs/experiments.md`). The caller is charged for
    what is added.

    Raises :class:`NotFound` without the experiment or the set, and :class:`InvalidRequest` if
    nothing is added, or if rows of the experiment have changed in the set.
    """
    experiment = lock_experiment(project, experiment_id)
    if experiment.state not in (states.RUNNING, states.PAUSED, *states.OVER):
        raise InvalidRequest("Start the experiment first, or create another one.")
    if repeats < 0 or experiment.repeats + repeats > limits.EXPERIMENT_REPEATS:
        raise InvalidRequest(
            f"A row can be repeated 1 to {limits.EXPERIMENT_REPEATS} times.", param="repeats"
        )
    graded = ExperimentCell.objects.filter(experiment=experiment, state=states.GRADED)
    record: dict[str, Any] = {
        "at": timezone.now().isoformat(),
        "person_id": user.pk if user else None,
        "repeats": repeats,
        "rows": 0,
        "looked": graded.exists(),
    }
    experiment.extensions = [*experiment.extensions, record]
    last = _last_place(experiment)
    added = _add_repeats(experiment, repeats) if repeats else 0
    if new_rows:
        record["rows"] = _add_rows(experiment, user)
        added += record["rows"]
    if not added:
        raise InvalidRequest("Nothing was added. Add rows to the test set first, or repeats.")
    # The author pays for their own cells alone.
    charge_caller(experiment, experiment.cells.filter(place__gt=last))
    if experiment.state in states.OVER:
        experiment.finished_at = None
        let_run(experiment, "finished_at")
    experiment.save(update_fields=["extensions", "repeats", "set_version", "set_version_id"])
    return experiment


def _last_place(experiment: Experiment) -> int:
    found = experiment.cells.aggregate(last=Max("place"))["last"]
    return -1 if found is None else int(found)


def _add_repeats(experiment: Experiment, repeats: int) -> int:
    rows = ExperimentRow.objects.filter(experiment=experiment)
    firsts = {pk: before + 1 for pk, before in rows.values_list("pk", "repeats")}
    rows.update(repeats=F("repeats") + repeats)
    experiment.repeats += repeats
    if rows.filter(repeats__gt=limits.EXPERIMENT_REPEATS).exists():
        raise InvalidRequest(
            f"A row can be repeated 1 to {limits.EXPERIMENT_REPEATS} times.", param="repeats"
        )
    variants = variants_of(experiment)
    return insert_cells(experiment, variants, list(rows.order_by("position")), first_repeats=firsts)


def _add_rows(experiment: Experiment, user: User | None) -> int:
    if not TestSet.objects.filter(pk=experiment.test_set_id).exists():
        raise NotFound("test set", experiment.test_set_id)
    version = fix_version(lock_test_set(experiment.project, experiment.test_set_id), user)
    there = dict(ExperimentRow.objects.filter(experiment=experiment).values_list("key", "row_id"))
    rows = rows_of_version(version)
    now = {row.key: row.pk for row in rows}
    if changed := [key for key, row_id in there.items() if now.get(key) != row_id]:
        raise InvalidRequest(
            f"The row “{changed[0]}” has changed in the test set since, so its results can't be "
            "put together with new ones. Create another experiment."
        )
    # Those that were left out were there when others were chosen.
    before = TestSetVersion.objects.filter(pk=experiment.set_version_id).first()
    known = {row.key for row in rows_of_version(before)} if before else set()
    new = [row for row in rows if row.key not in {*there, *known}]
    copies = copy_rows(experiment, new, first=len(there))
    insert_cells(experiment, variants_of(experiment), copies)
    experiment.set_version, experiment.set_version_id = version.number, version.pk
    return len(copies)
