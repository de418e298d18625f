"""The states of a file in a vector store, and of stores and batches, which follow from them."""

from dataclasses import dataclass
from typing import Final

IN_PROGRESS: Final = "in_progress"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"

FILE_STATUSES = (IN_PROGRESS, COMPLETED, FAILED, CANCELLED)

# What is indexed first: a person waits for a file of a message, nobody for the last of a batch.
URGENT, ORDINARY, BULK = 0, 1, 2


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many files of a store or batch are in which state, and the bytes that they take."""

    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    usage_bytes: int = 0

    @property
    def ended(self) -> int:
        """Files that nobody works at any more."""
        return self.total - self.in_progress

    @property
    def total(self) -> int:
        """All files."""
        return self.in_progress + self.completed + self.failed + self.cancelled
