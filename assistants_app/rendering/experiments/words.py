"""States and metrics of experiments in words."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.grades import GRADE, METRICS, PREFERENCE
from assistants_app.domain.experiments.metrics import NAMED, PASS, SCORE
from assistants_app.rendering.components.badges import OK, RUN, WARN, Badge


def experiment_badge(state: str) -> Badge:
    """Return the badge of an experiment."""
    tones = {states.RUNNING: RUN, states.PAUSED: WARN, states.CANCELLED: WARN, states.DONE: OK}
    return Badge(experiment_word(state), tones.get(state, ""), state)


def experiment_word(state: str) -> str:
    """Return the state of an experiment in words."""
    return {
        states.READY: _("Not started"),
        states.RUNNING: _("Running"),
        states.PAUSED: _("Paused"),
        states.DONE: _("Done"),
        states.CANCELLED: _("Cancelled"),
    }[state]


def metric_name(metric: str) -> str:
    """Return the main metric in words."""
    return {
        PASS: _("Share of replies that pass"),
        SCORE: _("Score of all checks"),
        f"{NAMED}{GRADE}": _("Grades that people give"),
        f"{NAMED}{PREFERENCE}": _("Replies that people prefer"),
    }.get(metric, metric.removeprefix(NAMED))


def metric_choices(names: Iterable[str], chosen: str) -> list[tuple[str, str]]:
    """Return what a main metric may be, with the `names` of metrics that the checks have.

    What was `chosen` stays, even if another test set has no such metric.
    """
    metrics = [PASS, SCORE, *(f"{NAMED}{name}" for name in (*names, *METRICS))]
    if chosen not in metrics:
        metrics.append(chosen)
    return [(metric, metric_name(metric)) for metric in metrics]
