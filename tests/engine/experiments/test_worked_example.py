"""The example of docs/experiments.md happens as it's told there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.domain.test_sets.imported import ImportedSet
from assistants_app.domain.verdicts.gate import REQUIRED_ROWS, Policy, Wanted, refusals
from assistants_app.domain.verdicts.sizes import smallest_difference
from assistants_app.domain.verdicts.words import Names, describe, describe_plan
from assistants_app.models import Experiment, ExperimentCell
from assistants_app.queries.experiments.evidence import evidence_of, verdicts_of
from assistants_app.queries.experiments.experiments import variants_of
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.extending import extend_experiment
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.rows import import_test_rows
from assistants_app.services.test_sets.sets import add_sample_set
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out
from tests.engine.experiments.worked_example import LARGE, MORE, SMALL, answer, row_of
from tests.fakes.provider import ScriptedProvider
from tests.live import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TEXT = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
PAGE = " ".join(TEXT.replace("\n> ", " ").split())


def told(experiment: Experiment) -> list[str]:
    """Return what the page has to say about the experiment as it is now."""
    [(_, verdict)] = verdicts_of(experiment)
    assert verdict.interval is not None
    said = describe(verdict, Names("Small", "Large"))
    low, high = verdict.interval.points
    pairs = verdict.pairs
    cells = ExperimentCell.objects.filter(experiment=experiment)
    passes = [
        f"| {name} | {of.filter(passed=True).count()} of {of.count()} |"
        for name, of in (
            ("Small", cells.filter(variant__position=0)),
            ("Large", cells.filter(variant__position=1)),
        )
    ]
    return [
        f"**{said.headline}** {' '.join(map(str, (*said.basis, *said.notes)))}",
        f"from {low:+d} to {high:+d} points".replace("-", "−"),
        f"won {pairs.better} rows and lost {pairs.worse}",
        f"{cells.count()} cells",
        *passes,
    ]


def refused(experiment: Experiment, *, required: bool) -> list[str]:
    """Return why the gate refuses, with the row about the ocean as a required one or without."""
    baseline, variant = variants_of(experiment)
    row = experiment.rows.get(position=5)
    assert "largest ocean" in row.content["variables"]["question"]
    ocean = row.key
    policy = Policy(
        test_set=experiment.test_set_id,
        margin=0.1,
        oldest=timedelta(days=7),
        required=frozenset({ocean} if required else ()),
    )
    wanted = Wanted(
        configuration=variant.digest,
        published=baseline.digest,
        set_version=experiment.set_version,
        at=timezone.now(),
    )
    found = refusals(policy, wanted, evidence_of(experiment, variant))
    assert [one.code for one in found] == ([REQUIRED_ROWS] if required else [])
    return [str(one).removesuffix(f": {ocean}") for one in found]


def test_the_example_is_true(cast: Cast, scripted: ScriptedProvider) -> None:
    scripted.answer = answer
    test_set = add_sample_set(project=cast.project, author=cast.alice)
    made = create_experiment(
        project=cast.project,
        user=cast.alice,
        set_id=test_set.pk,
        variants=[
            VariantChoice(Source(cast.assistant.pk), {"model": model}, name)
            for model, name in ((SMALL, "Small"), (LARGE, "Large"))
        ],
        terms=Terms(repeats=2, at_once=8, seed=1),
    )
    experiment = carry_out(start_experiment(project=cast.project, experiment_id=made.pk))
    expected = [str(describe_plan(12, smallest_difference(12))), *told(experiment)]
    imported = ImportedSet("jsonl")
    for question in MORE:
        imported.add(question, row_of(question))
    import_test_rows(project=cast.project, set_id=test_set.pk, imported=imported, author=cast.alice)
    extend_experiment(
        project=cast.project, experiment_id=experiment.pk, user=cast.alice, new_rows=True
    )
    expected += told(carry_out(experiment))
    expected += [why for ocean in (False, True) for why in refused(experiment, required=ocean)]
    assert [each for each in expected if each not in PAGE] == []
