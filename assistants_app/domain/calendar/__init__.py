"""Days and time zones."""
