"""People in real browsers."""
