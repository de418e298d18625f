"""Store what lists say about the variants of an experiment."""

from dataclasses import asdict

from assistants_app.domain.verdicts.words import Names, describe, isolated
from assistants_app.models import Experiment
from assistants_app.queries.experiments.evidence import verdicts_of
from assistants_app.queries.experiments.experiments import variants_of


def store_verdicts(experiment: Experiment) -> None:
    """Store the verdicts of an experiment that has finished, within the caller's transaction.

    A list of experiments would otherwise have to read the cells of all of them.
    """
    baseline = isolated(variants_of(experiment)[0].name)
    for variant, verdict in verdicts_of(experiment):
        headline = describe(verdict, Names(baseline, isolated(variant.name))).headline
        variant.verdict = {"kind": verdict.kind, "headline": asdict(headline)}
        variant.save(update_fields=["verdict"])
