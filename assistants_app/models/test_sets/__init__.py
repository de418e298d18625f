"""Test sets and their rows."""

from assistants_app.models.test_sets.rows import TestFile, TestRow, TestRowFile, WorkingRow
from assistants_app.models.test_sets.sets import TestSet, TestSetVersion

__all__ = ["TestFile", "TestRow", "TestRowFile", "TestSet", "TestSetVersion", "WorkingRow"]
