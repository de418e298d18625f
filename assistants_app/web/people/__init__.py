"""Pages about people: a person's own account."""
