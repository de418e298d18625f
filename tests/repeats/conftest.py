"""A site with faults."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite
from tests.repeats.site import FaultySite


@pytest.fixture(scope="package")
def faulty_site(the_provider: ScriptedProvider) -> Iterator[FaultySite]:
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    environment = {
        "OPENAI_BASE_URL": the_provider.base_url,
        "OPENAI_API_KEY": "k",
        "FAULTS": str(folder),
    }
    site = LiveSite("faulty", environment, application="tests.repeats.faulty_asgi:application")
    try:
        yield FaultySite(site.start(), folder)
    finally:
        site.stop()
        shutil.rmtree(folder)


@pytest.fixture
def faulty(faulty_site: FaultySite, provider: ScriptedProvider) -> FaultySite:
    return faulty_site
