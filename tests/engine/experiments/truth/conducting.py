"""Experiments with a known truth, through the services, workers' rounds and engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.experiments.order import seed_of_repeat
from assistants_app.domain.experiments.states import DONE
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.verdicts.pairs import Cell, pair
from assistants_app.domain.verdicts.verdict import BETTER, SAME, TOO_FEW, WORSE, Verdict
from assistants_app.gateway import endpoints
from assistants_app.models import Experiment, ExperimentCell, Project, TestSet
from assistants_app.providers.endpoint import Endpoint
from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.lifecycle import (
    pause_experiment,
    resume_experiment,
    start_experiment,
)
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.rows import import_test_rows
from assistants_app.services.test_sets.sets import create_test_set
from tests.engine.experiments.carried_out import carry_out, make_round
from tests.engine.experiments.test_faults import BUSY, let_time_pass
from tests.engine.experiments.truth.design import BASELINE, MARGIN, VARIANT, Design, Models
from tests.fakes.provider import ScriptedProvider

CHECK = {"kind": "starts_with", "value": "Yes"}
MOST_TRIES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What an experiment came to. `wrong` says that its verdict isn't true, and `missed` that its
    interval doesn't contain the truth. `lost` is the number of cells without a result.
    """

    number: int
    truth: float
    kind: str
    interval: tuple[int, int] | None
    wrong: bool
    missed: bool
    cells: int
    lost: int
    begun: int
    paused: bool
    extended: str


@contextmanager
def scripted_world(provider: ScriptedProvider) -> Iterator[None]:
    """Let this process carry out all runs, with the provider as the endpoint of all projects."""
    endpoint = Endpoint(name="Scripted", base_url=provider.base_url, api_key="key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoints, "endpoints_of", lambda project_id: [endpoint])
        patch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
        yield


def conduct(design: Design, project: Project, user: User, provider: ScriptedProvider) -> Ended:
    """Conduct the experiment, extended once where the design says so and there are too few rows."""
    models = Models(design)
    provider.reset()
    provider.answer = models.answer
    try:
        experiment = _begun(design, project, user)
        if design.pauses:
            _pause(experiment)
        _finish(experiment)
        verdict = _verdict_of(experiment, models)
        extended = design.extends if verdict.kind == TOO_FEW else ""
        if extended:
            _extend(design, experiment, user)
            _finish(experiment)
            verdict = _verdict_of(experiment, models)
            assert verdict.extensions == 1
    finally:
        provider.answer = None
    return _ended(design, experiment, verdict, extended)


def _begun(design: Design, project: Project, user: User) -> Experiment:
    test_set = create_test_set(project=project, name=f"Truth {design.number}", author=user)
    _add_rows(test_set, range(design.rows), user)
    made = create_experiment(
        project=project,
        user=user,
        set_id=test_set.pk,
        variants=[VariantChoice(Source(model=model)) for model in (BASELINE, VARIANT)],
        terms=Terms(
            margin=MARGIN, repeats=design.repeats, at_once=16, seed=design.number, name="Truth"
        ),
    )
    return start_experiment(project=project, experiment_id=made.pk)


def _add_rows(test_set: TestSet, rows: range, user: User) -> None:
    # With names of their own, which the seeds of repeats depend on.
    imported = ImportedSet("jsonl")
    for row in rows:
        content = {
            "turns": [{"role": "user", "content": f"Question {row}?"}],
            "checks": [CHECK],
        }
        imported.add(str(row), content, _key(row))
    assert not imported.problems
    import_test_rows(project=test_set.project, set_id=test_set.pk, imported=imported, author=user)


def _key(row: int) -> str:
    return f"row-{row}"


def _pause(experiment: Experiment) -> None:
    named = {"project": experiment.project, "experiment_id": experiment.pk}
    make_round(experiment)
    pause_experiment(**named)
    for _ in range(3):
        make_round(experiment)
    resume_experiment(**named)


def _finish(experiment: Experiment) -> None:
    for _ in range(MOST_TRIES):
        let_time_pass(experiment)
        if carry_out(experiment).state == DONE:
            return
    raise AssertionError(f"experiment {experiment.seed} never ended")


def _extend(design: Design, experiment: Experiment, user: User) -> None:
    by_rows = design.extends == "rows"
    if by_rows:
        test_set = TestSet.objects.get(pk=experiment.test_set_id)
        _add_rows(test_set, range(design.rows, design.most_rows), user)
    extend_experiment(
        project=experiment.project,
        experiment_id=experiment.pk,
        user=user,
        repeats=0 if by_rows else design.repeats,
        new_rows=by_rows,
    )
    experiment.refresh_from_db()


def _verdict_of(experiment: Experiment, models: Models) -> Verdict:
    """Return the verdict, whose scores are those of the models' replies and no others."""
    [(_, verdict)] = verdicts_of(experiment)
    rows = experiment.rows.order_by("position").values_list("key", "repeats")
    sides = [
        [
            _expected(experiment, models, model, key, repeat)
            for key, repeats in rows
            for repeat in range(1, repeats + 1)
        ]
        for model in (BASELINE, VARIANT)
    ]
    expected, found = pair(*sides), verdict.pairs
    assert found.differences == expected.differences
    assert (found.faults, found.missing) == (expected.faults, expected.missing)
    assert found.cells == expected.cells
    return verdict


def _expected(experiment: Experiment, models: Models, model: str, key: str, repeat: int) -> Cell:
    row = int(key.removeprefix("row-"))
    seed = seed_of_repeat(experiment.seed, key, repeat)
    lost = models.loses(model, row, seed)
    score = None if lost else float(models.passes(model, row, seed))
    return Cell(row=key, score=score, fault=lost is not None and lost.status == BUSY.status)


def _ended(design: Design, experiment: Experiment, verdict: Verdict, extended: str) -> Ended:
    cells = ExperimentCell.objects.filter(experiment=experiment)
    points = verdict.interval.points if verdict.interval else None
    true = round(100 * design.truth)
    return Ended(
        number=design.number,
        truth=design.truth,
        kind=verdict.kind,
        interval=points,
        wrong=is_wrong(verdict.kind, points, true),
        missed=points is not None and not points[0] <= true <= points[1],
        cells=cells.count(),
        lost=cells.filter(passed=None).count(),
        begun=sum(cells.values_list("attempts", flat=True)),
        paused=design.pauses,
        extended=extended,
    )


def is_wrong(kind: str, points: tuple[int, int] | None, truth: int) -> bool:
    """Return whether what the verdict says isn't true, with the truth in points."""
    if kind == SAME and points:
        return abs(truth) > max(-points[0], points[1])
    return (kind == BETTER and truth <= 0) or (kind == WORSE and truth >= 0)
