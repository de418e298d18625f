"""What pages show of the people in a project."""
