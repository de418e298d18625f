"""Where threads, runs and requests to models come from."""

from typing import Final

API: Final = "api"
PAGE: Final = "page"
COMPARE: Final = "compare"  # a column of a comparison
EXPERIMENT: Final = "experiment"  # a cell of an experiment
IMPORT: Final = "import"  # brought here from elsewhere, such as the recorded example
SHARE: Final = "share"  # a copy of what a share link shows
JUDGE: Final = "judge"  # a model that grades what another one wrote

ORIGINS: Final = (API, PAGE, COMPARE, EXPERIMENT, IMPORT, SHARE, JUDGE)
"""All origins, in the order in which filters offer them."""

OF_THREADS: Final = (API, PAGE, COMPARE, EXPERIMENT, IMPORT, SHARE)
"""The origins that threads can have. A judge has none."""

LISTED: Final = (API, PAGE, IMPORT, SHARE)
"""The origins whose threads lists, searches and the palette show unless another is asked for."""

ANY_ORIGIN: Final = "all"  # in the filter of a list

ATTENDED: Final = (PAGE, COMPARE)
"""The origins whose runs a person started on the page, so that mocks may answer for functions."""

AUTOMATIC: Final = (EXPERIMENT, JUDGE)
"""The origins of what experiments do by themselves, in numbers that no person would reach."""


def origins_named(name: str) -> tuple[str, ...]:
    """Return the origins that a list's filter asks for: one, all, or those usually listed."""
    return {"": LISTED, ANY_ORIGIN: OF_THREADS}.get(name, (name,))
