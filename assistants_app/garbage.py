"""How often a process collects garbage: objects that only refer to each other."""

import gc

# Python's default, 700, is reached within a few requests. In three pairs, a run took 4 % less CPU
# with 10,000, and one in a single call 6 %.
NEW_OBJECTS = 10_000


def collect_less_often() -> None:
    """Collect garbage less often, and never again among the objects that exist by now."""
    # A prompt of thousands of messages makes Python look everywhere, which took 120 ms, twice as
    # long as the prompt. Most of it were modules, which never become garbage.
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
