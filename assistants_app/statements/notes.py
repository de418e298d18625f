"""What is written into the receipt of a request, by the statement that stores what it made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Columns of a receipt (``models/receipts.py``). `receipt` is its id, or 0 if there is none."""

    receipt: int = 0
    kind: str = ""
    made: str = ""
    after: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of new rows.

    They weren't stored if a run `active_run_id` was in the way, if the thread `is_full`, or if the
    receipt was not `noted` because it is gone.
    """

    active_run_id: str | None
    noted: bool
    is_full: bool = False

    @property
    def was_kept_out(self) -> bool:
        """Return whether the thread was busy or full, so that nothing was written."""
        return self.active_run_id is not None or self.is_full

    def was_stored(self, note: Note) -> bool:
        """Return whether the rows are there."""
        return not self.was_kept_out and (self.noted or not note.receipt)
