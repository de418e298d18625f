"""How many requests are made up, and which: the same in every run."""

import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
BOUND = 5.0  # seconds that an answer may take


def try_examples(
    entry: str,
    strategy: st.SearchStrategy[Any],
    check: Callable[[Any], None],
    *,
    share: float = 1,
    undo: bool = True,
) -> None:
    """Call `check` with examples, and undo what each writes to the test's database.

    The examples depend on the name of the `entry`. Their number is multiplied by `share`. Without
    `undo`, nothing is written here.
    """

    @seed(zlib.crc32(entry.encode()) + SEED)
    @settings(
        max_examples=max(1, round(EXAMPLES * share)),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def examples(example: Any) -> None:
        with rolled_back() if undo else nullcontext():
            check(example)

    examples()


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo what the block writes."""
    block = transaction.atomic()
    # Like Django's own tests: acts that must not be part of another transaction may be here.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


@contextmanager
def in_time(what: object) -> Iterator[None]:
    """Fail if the block takes longer than an answer may."""
    began = time.monotonic()
    yield
    taken = time.monotonic() - began
    assert taken < BOUND, f"{taken:.1f} s for {what}"
