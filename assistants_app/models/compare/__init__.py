"""Tables of comparisons: several configurations that answer the same messages."""

from assistants_app.models.compare.comparisons import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    ComparisonVote,
    ReplacedDraft,
)

__all__ = [
    "Comparison",
    "ComparisonColumn",
    "ComparisonLane",
    "ComparisonVote",
    "ReplacedDraft",
]
