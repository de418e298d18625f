"""People: their sessions and how they are known to others."""
