"""The people of a project and what they did."""
