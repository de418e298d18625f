"""Test sets and their rows."""

from assistants_app.models.test_sets.rows import (
    HeldFile,
    TestFile,
    TestRow,
    TestRowFile,
    WorkingRow,
)
from assistants_app.models.test_sets.sets import TestSet, TestSetVersion

__all__ = [
    "HeldFile",
    "TestFile",
    "TestRow",
    "TestRowFile",
    "TestSet",
    "TestSetVersion",
    "WorkingRow",
]
