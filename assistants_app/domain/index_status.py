"""The states of a file in a vector store.

The states of stores and batches follow from those of their files.
"""

from dataclasses import dataclass
from typing import Final

IN_PROGRESS: Final = "in_progress"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"

FILE_STATUSES = (IN_PROGRESS, COMPLETED, FAILED, CANCELLED)

# Codes of errors that are the file's own: to index it again doesn't help.
LASTING = ("unsupported_file", "invalid_file")

# The order of indexing: a person waits for a message's file, but nobody for the last of a batch.
# Files that are indexed again can be searched all the time.
URGENT, ORDINARY, BULK, BACKGROUND = 0, 1, 2, 3
SMALL_BYTES = 64 * 1024  # files that are indexed in a moment


@dataclass(frozen=True, slots=True)
class FileCounts:
    """The number of a store's or batch's files in each state, and the bytes that they take."""

    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    usage_bytes: int = 0

    @property
    def ended(self) -> int:
        """Return the number of files whose indexing has ended."""
        return self.total - self.in_progress

    @property
    def total(self) -> int:
        """Return the number of all files."""
        return self.in_progress + self.completed + self.failed + self.cancelled
