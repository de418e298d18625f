"""The states of runs, steps and messages, and the transitions of a run."""

from typing import Final

QUEUED: Final = "queued"
IN_PROGRESS: Final = "in_progress"
REQUIRES_ACTION: Final = "requires_action"
CANCELLING: Final = "cancelling"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"
COMPLETED: Final = "completed"
INCOMPLETE: Final = "incomplete"
EXPIRED: Final = "expired"

ALL = (
    QUEUED,
    IN_PROGRESS,
    REQUIRES_ACTION,
    CANCELLING,
    CANCELLED,
    FAILED,
    COMPLETED,
    INCOMPLETE,
    EXPIRED,
)
ACTIVE = (QUEUED, IN_PROGRESS, REQUIRES_ACTION, CANCELLING)
FOR_WORKERS = (QUEUED, IN_PROGRESS, CANCELLING)  # a worker holds them, or has to take them
TERMINAL = (CANCELLED, FAILED, COMPLETED, INCOMPLETE, EXPIRED)

# The vendor's life cycle of a run. A lost worker's run stays in progress and changes its owner.
TRANSITIONS: dict[str, tuple[str, ...]] = {
    QUEUED: (IN_PROGRESS, CANCELLED, EXPIRED, FAILED),
    IN_PROGRESS: (REQUIRES_ACTION, CANCELLING, COMPLETED, FAILED, INCOMPLETE, EXPIRED),
    REQUIRES_ACTION: (QUEUED, CANCELLED, EXPIRED),
    CANCELLING: (CANCELLED, FAILED, COMPLETED, INCOMPLETE, EXPIRED),
}

STEP_STATUSES = (IN_PROGRESS, CANCELLED, FAILED, COMPLETED, EXPIRED)
MESSAGE_STATUSES = (IN_PROGRESS, INCOMPLETE, COMPLETED)
