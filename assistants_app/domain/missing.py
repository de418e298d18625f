"""The sentinel for a parameter that was not given, as opposed to null."""

import enum
from typing import Final, Literal


class _Missing(enum.Enum):
    MISSING = "missing"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing.MISSING
Missing = Literal[_Missing.MISSING]
