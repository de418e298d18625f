"""NumPy, which is imported when it is first used.

Its import starts threads, and the site is forked from a process that must have none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
else:

    class _NumPy:
        def __getattr__(self, name: str) -> Any:
            return getattr(import_module("numpy"), name)

    np = _NumPy()
    Floats = Any

__all__ = ["Floats", "np"]
