"""Experiments with a known truth, through the services, workers' rounds and engine."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.experiments.states import DONE
from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.verdicts.verdict import TOO_FEW, Verdict
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
from tests.engine.experiments.test_faults import let_time_pass
from tests.engine.experiments.truth.design import BASELINE, MARGIN, VARIANT, Design, Models
from tests.engine.experiments.truth.foreseen import Ended, ended, foresee, key_of
from tests.fakes.provider import ScriptedProvider

CHECK = {"kind": "starts_with", "value": "Yes"}
MOST_TRIES = 60


@contextmanager
def scripted_world(provider: ScriptedProvider) -> Iterator[None]:
    """Let this process carry out all runs, with the provider as the endpoint of all projects."""
    endpoint = Endpoint(name="Scripted", base_url=provider.base_url, api_key="key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endpoints, "endpoints_of", lambda *_: [endpoint])
        patch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
        yield


def conduct(design: Design, project: Project, user: User, provider: ScriptedProvider) -> Ended:
    """Conduct the experiment, extended once where the design says so and there are too few rows."""
    expected, extended = foresee(design)
    provider.reset()
    provider.answer = Models(design).answer
    try:
        experiment = _begun(design, project, user)
        if design.pauses:
            _pause(experiment)
        _finish(experiment)
        if extended:
            assert _verdict_of(experiment).kind == TOO_FEW
            _extend(design, experiment, user)
            _finish(experiment)
    finally:
        provider.answer = None
    # The scores are those of the models' replies, and no others.
    assert _scores(_verdict_of(experiment)) == _scores(expected)
    cells = ExperimentCell.objects.filter(experiment=experiment)
    return ended(
        design,
        _verdict_of(experiment),
        extended,
        lost=cells.filter(passed=None).count(),
        begun=sum(cells.values_list("attempts", flat=True)),
    )


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
        imported.add(str(row), content, key_of(row))
    assert not imported.problems
    import_test_rows(project=test_set.project, set_id=test_set.pk, imported=imported, author=user)


def _pause(experiment: Experiment) -> None:
    make_round(experiment)
    pause_experiment(project=experiment.project, experiment_id=experiment.pk)
    for _ in range(3):
        make_round(experiment)
    resume_experiment(project=experiment.project, experiment_id=experiment.pk)


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


def _verdict_of(experiment: Experiment) -> Verdict:
    [(_, verdict)] = verdicts_of(experiment)
    return verdict


def _scores(verdict: Verdict) -> tuple[object, ...]:
    pairs = verdict.pairs
    found = (verdict.kind, verdict.interval, verdict.extensions, sorted(pairs.differences))
    return (*found, pairs.cells, pairs.faults, pairs.missing, pairs.identical)
