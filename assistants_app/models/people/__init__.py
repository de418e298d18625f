"""Tables about the people of a project and what they did."""
