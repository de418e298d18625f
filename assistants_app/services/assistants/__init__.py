"""Assistants: versions, drafts and mocks."""
