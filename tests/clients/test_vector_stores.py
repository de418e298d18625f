"""Vector stores in each version of the SDK, including the old `client.beta.vector_stores`."""

import pytest

from tests.clients.catalogue import LISTS, STORES, shows
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.versions import AZURE_SDKS, SDKS, VERSIONS
from tests.fakes.provider import ScriptedProvider

CLIENTS = (*SDKS.values(), AZURE_SDKS["openai-1.21"])
pytestmark = pytest.mark.usefixtures("indexer")


@pytest.fixture(
    params=[*((version,) for version in VERSIONS), ("openai-1.21", "azure")], ids="-".join
)
def user(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Program:
    version, *azure = request.param
    return start(version, "vector_stores.py", *azure)


@shows(STORES, LISTS)
def test_stores_files_and_batches_are_managed(user: Program) -> None:
    assert user.do("kept") == {
        "store": ["vector_store", "Letters", 2 * 24 * 3600],
        "polled": ["completed", None],
        "attached": "completed",
        "sent": "completed",
        "listed": True,
        "detached": True,
        "batch": ["completed", [2, 2]],
        "of batch": True,
        "sent batch": ["completed", [1, 1]],
        "cancelled": "completed",
        "counted": [4, 4],
        "renamed": "Greek",
        "among all": True,
        "deleted": True,
        "gone": 404,
    }


@shows(STORES)
def test_stores_are_managed_asynchronously(user: Program) -> None:
    assert user.do("kept_meanwhile") == ["completed", [2, 2], ["completed"] * 2, True]
