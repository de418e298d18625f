"""The figure of a cell that a verdict is about."""

from typing import Any

import pytest

from assistants_app.domain.experiments.metrics import figure_of, is_main_metric


def result(**fields: Any) -> dict[str, Any]:
    return {"passed": None, "score": None, "metrics": {}, "errors": 0, "not_run": 0, **fields}


@pytest.mark.parametrize(
    ("metric", "fields", "figure"),
    [
        ("pass", {"passed": True}, 1.0),
        ("pass", {"passed": False, "score": 0.9}, 0.0),
        ("pass", {"metrics": {"pass": 1.0}}, None),
        ("score", {"passed": False, "score": 0.25}, 0.25),
        ("score", {"score": 1.0000000000000002}, 1.0),
        ("score", {}, None),
        ("metric:tone", {"metrics": {"tone": 0.5}}, 0.5),
        ("metric:tone", {"metrics": {"tone": 0.5}, "errors": 1}, None),
        ("metric:tone", {"metrics": {}}, None),
        ("metric:score", {"score": 1.0, "metrics": {"score": 0.0}}, 0.0),
    ],
)
def test_figures(metric: str, fields: dict[str, Any], figure: float | None) -> None:
    assert figure_of(result(**fields), metric) == figure


def test_names_of_main_metrics() -> None:
    known = ["pass", "score", "metric:tone", "metric:pass"]
    assert all(map(is_main_metric, known))
    assert not any(map(is_main_metric, ["", "tone", "metric:", "metric"]))
