"""What concerns the people of a project: who they are, and what they may do and use."""
