"""Experiments, their variants and cells."""

from assistants_app.models.experiments.cells import ExperimentCell, ExperimentReservation
from assistants_app.models.experiments.experiments import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
    RowFiles,
)
from assistants_app.models.experiments.gates import PublishGate
from assistants_app.models.experiments.grades import ExperimentGrade, ExperimentLease

__all__ = [
    "Experiment",
    "ExperimentCell",
    "ExperimentGrade",
    "ExperimentLease",
    "ExperimentReservation",
    "ExperimentRow",
    "ExperimentVariant",
    "PublishGate",
    "RowFiles",
]
