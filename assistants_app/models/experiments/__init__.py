"""Experiments, their variants and cells."""

from assistants_app.models.experiments.cells import ExperimentCell, ExperimentReservation
from assistants_app.models.experiments.experiments import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
    RowFiles,
)
from assistants_app.models.experiments.gates import PublishGate

__all__ = [
    "Experiment",
    "ExperimentCell",
    "ExperimentReservation",
    "ExperimentRow",
    "ExperimentVariant",
    "PublishGate",
    "RowFiles",
]
