"""People: what they say, and what they hear of it."""
