"""Verdicts in one line each, for lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistants_app.domain.verdicts.phrases import Phrase
from assistants_app.models import Experiment, ExperimentVariant
from assistants_app.rendering.charts.verdicts import SIGNS
from assistants_app.rendering.charts.words import translated


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What an experiment says about a variant: an icon, its tone, and a sentence.

    `name` is the variant's, or "" if the experiment has no other.
    """

    icon: str
    tone: str
    headline: str
    name: str


def verdict_lines(
    experiment: Experiment, variants: Sequence[ExperimentVariant]
) -> list[VerdictLine]:
    """Return the verdicts of an experiment that has finished, or nothing."""
    if not experiment.is_finished:
        return []
    judged = [variant for variant in variants if variant.verdict]
    return [_line(variant, variant.name if len(judged) > 1 else "") for variant in judged]


def _line(variant: ExperimentVariant, name: str) -> VerdictLine:
    stored = variant.verdict
    icon, tone = SIGNS[stored["kind"]]
    return VerdictLine(icon, tone, translated(Phrase(**stored["headline"])), name)
