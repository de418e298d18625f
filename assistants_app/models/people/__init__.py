"""Tables about people: what they say, how they rate, and what they hear of it."""
