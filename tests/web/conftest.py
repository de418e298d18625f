"""Rendering of pages in the test's own process, with static files from their source folder."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

from assistants_app.redis_client import client as redis
from assistants_app.services.project import guesses

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(autouse=True)
def plain_static_files() -> Iterator[None]:
    """Use static files without hashed names, so that no test needs `collectstatic`."""
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": PLAIN}):
        yield


@pytest.fixture(autouse=True)
def no_waits() -> None:
    """Forget the wrong links of earlier tests, which all come from one address."""
    redis().delete(guesses.tokens_by_address("127.0.0.1").key)
