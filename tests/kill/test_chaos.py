"""A crowd of clients streams runs while a part is killed, frozen, cut off, or has a full disk.

These are some of the cases of `make chaos`, which prints them all (docs/reliability.md).
"""

from collections.abc import Iterator

import pytest

from tests.kill.chaos.cases import CASES, SHORT, Case, carry_out
from tests.kill.chaos.site import ChaosSite

RECOVERED_SECONDS = 5.0
BUSY = 3  # times as long on a machine whose cores do other work, too


@pytest.fixture(scope="module")
def chaos() -> Iterator[ChaosSite]:
    site = ChaosSite()
    try:
        yield site.begin()
    finally:
        orphans = site.end()
    assert orphans == []


@pytest.mark.parametrize("case", [case for case in CASES if str(case) in SHORT], ids=str)
def test_every_accepted_run_ends_right_once_and_soon(chaos: ChaosSite, case: Case) -> None:
    if case.fault == "full disk" and not chaos.has_disk:
        pytest.skip("only root can mount a disk of its own")
    outcome = carry_out(chaos, case)
    assert outcome.wrong() == []
    assert outcome.counted.runs > 0
    assert outcome.counted.right + outcome.counted.failed == outcome.counted.runs
    assert outcome.recovered < BUSY * RECOVERED_SECONDS
