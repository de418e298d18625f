"""Fixtures of the pages of experiments."""

import pytest

from assistants_app.models import ModelEndpoint
from tests.cast import Cast
from tests.fuzz.world import UNREACHABLE
from tests.services.experiments.conftest import no_workers

__all__ = ["no_workers"]


@pytest.fixture(autouse=True)
def endpoint(cast: Cast) -> ModelEndpoint:
    """Connect a server to the project, which no test here asks anything."""
    return ModelEndpoint.objects.create(project=cast.project, name="E", base_url=UNREACHABLE)
