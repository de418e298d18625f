"""Experiments, their variants and cells."""

from assistants_app.models.experiments.cells import ExperimentCell, ExperimentReservation
from assistants_app.models.experiments.experiments import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
    RowFiles,
)

__all__ = [
    "Experiment",
    "ExperimentCell",
    "ExperimentReservation",
    "ExperimentRow",
    "ExperimentVariant",
    "RowFiles",
]
