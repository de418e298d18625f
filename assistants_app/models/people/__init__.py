"""Tables of people and what they share."""
