"""Members of projects and invitations."""
