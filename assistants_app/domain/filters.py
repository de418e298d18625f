"""What a list of threads may be narrowed to."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ThreadFilter:
    """All that is given has to hold. `text`: words that a message has; times include the bounds;
    `status`: of the newest run; `tool`: a type of tools or the name of a function that was called.
    """

    text: str = ""
    assistant_id: str = ""
    status: str = ""
    tool: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    created_from: datetime | None = None
    created_until: datetime | None = None
