"""The main metric of an experiment: which figure of a cell its verdict is about."""

from collections.abc import Mapping
from typing import Any, Final

PASS: Final = "pass"  # whether the cell has passed: 0 or 1
SCORE: Final = "score"  # the average of its checks, by weight
NAMED: Final = "metric:"  # followed by the name of a metric that checks of the rows have
LONGEST: Final = 300  # characters that the database keeps


def is_main_metric(text: str) -> bool:
    """Return whether an experiment can have this main metric."""
    return text in (PASS, SCORE) or (text.startswith(NAMED) and len(NAMED) < len(text) <= LONGEST)


def figure_of(result: Mapping[str, Any], metric: str) -> float | None:
    """Return the metric's figure of a stored result, from 0 to 1, or None if it has none.

    `result` is what :meth:`~assistants_app.domain.checks.combining.Result.as_json` returned.
    """
    if metric == PASS:
        return None if result["passed"] is None else float(result["passed"])
    if metric == SCORE:
        return None if result["score"] is None else _within_bounds(result["score"])
    # A check that couldn't be carried out may be the one that the metric is about.
    figure = None if result["errors"] else result["metrics"].get(metric.removeprefix(NAMED))
    return None if figure is None else _within_bounds(figure)


def _within_bounds(figure: float) -> float:
    # A sum of weights may miss 1 by the last bit.
    return min(max(float(figure), 0.0), 1.0)
