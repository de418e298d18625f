"""Pages are rendered in the test's own process, with static files as they lie there."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(autouse=True)
def plain_static_files() -> Iterator[None]:
    """No manifest of hashed names, which `collectstatic` would have to make first."""
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": PLAIN}):
        yield
