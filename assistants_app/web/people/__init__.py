"""Pages and dialogs about people: what they say, and what they hear of it."""
