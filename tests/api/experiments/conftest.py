"""Fixtures of experiments that nothing carries out."""

from tests.services.experiments.conftest import no_workers
from tests.web.experiments.conftest import endpoint

__all__ = ["endpoint", "no_workers"]
