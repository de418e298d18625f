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
