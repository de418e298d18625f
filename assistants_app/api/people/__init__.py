"""What an open request needs to know about people: whether they still have access."""
