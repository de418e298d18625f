"""Fixtures of the pages of comparisons."""

from tests.services.compare.conftest import no_workers

__all__ = ["no_workers"]
